import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { providerAccounts } from '../providers/schema.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { handOver, owned } from './hand-over.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const give = (from: string, to: string) => meterr.database.orm.transaction((tx) => handOver(tx, from, to));
const ownedBy = (userId: string) => meterr.database.orm.transaction((tx) => owned(tx, userId));

let made = 0;
async function book(userId: string, events: readonly object[], more: object = {}): Promise<void> {
  const numbered = events.map((event) => {
    made += 1;
    return { event_id: `n-${made}`, model: 'gpt-4o-mini', input_tokens: 1000 + made, ...event };
  });
  const got = await meterr.call('recordUsageBatch', keyOf(userId, more), { body: { events: numbered } });
  expect(got.body).toMatchObject({ conflicts: 0, invalid: 0 });
}

/** What the sums say, and what the events say that they should say. */
async function sumsOf(userIds: readonly string[]) {
  const people = sql.param(userIds);
  const sums = sql`sum(events)::int AS events, sum(unpriced_events)::int AS unpriced, sum(tokens)::text AS tokens,
    sum(cost)::text AS cost`;
  const queries = [
    sql`SELECT count(*)::int AS events, count(*) FILTER (WHERE cost IS NULL)::int AS unpriced,
      sum(total_tokens)::text AS tokens, sum(cost)::text AS cost FROM usage_events WHERE user_id = ANY(${people})`,
    sql`SELECT ${sums} FROM usage_by_day WHERE user_id = ANY(${people})`,
    sql`SELECT ${sums} FROM usage_by_quarter WHERE user_id = ANY(${people})`,
  ];
  return Promise.all(queries.map(async (query) => (await meterr.database.orm.execute(query)).rows[0]));
}

const eventIds = async (userId: string) =>
  (
    await meterr.database.orm.execute<{ event_id: string }>(
      sql`SELECT event_id FROM usage_events WHERE user_id = ${userId}`,
    )
  ).rows.map((row) => row.event_id);

const someEvents = [
  {},
  { model: 'of-our-own' },
  { timestamp: '2026-10-30T23:59:59.999Z' },
  { timestamp: '2026-10-31T00:00:00Z' },
  { timestamp: '2026-10-31T00:14:59.999Z', model: 'gpt-4o' },
  { timestamp: '2026-10-31T00:15:00Z' },
];

test('K10: usage, token counts and sums change hands, and the sums stay those of the events', async () => {
  const key = { keyId: 'shared' };
  await book('ann', someEvents, key);
  await book('ann', someEvents, { environment: 'test' });
  await book('ben', someEvents, key);
  await meterr.call('countTokens', keyOf('ann'), { body: { model: 'gpt-4o', text: 'hello' } });
  await meterr.database.orm.insert(providerAccounts).values({
    ...{ id: randomUUID(), userId: 'ann', environment: 'live', provider: 'openai', lastFour: '1234' },
    ...{ baseUrl: 'https://ai.example.com/v1', sealedKey: 'sealed', createdAt: new Date(0) },
  });
  expect(await ownedBy('ann')).toMatchObject({ provider_accounts: 1 });
  const before = await sumsOf(['ann', 'ben']);
  expect(before[1]).toEqual(before[0]);
  expect(await give('ann', 'ben')).toEqual({
    counts: {
      token_counts: 1,
      usage_events: 12,
      renamed_event_ids: 0,
      budgets: 0,
      team_memberships: 0,
      provider_accounts: 1,
    },
  });
  expect(await sumsOf(['ben'])).toEqual(before);
  expect(await ownedBy('ann')).toMatchObject({ token_counts: 0, usage_events: 0, provider_accounts: 0 });
  expect(await ownedBy('ben')).toMatchObject({ provider_accounts: 1, token_counts: 1, usage_events: 18 });
  const left = sql`SELECT 1 FROM usage_by_day WHERE user_id = 'ann' UNION ALL SELECT 1 FROM usage_by_quarter WHERE user_id = 'ann'`;
  expect((await meterr.database.orm.execute(left)).rows).toEqual([]);

  await give('ben', 'ann');
  expect(await sumsOf(['ann'])).toEqual(before);
});

test('K10, T3: of two events of one id both count; the id stands for the new owner’s', async () => {
  await book('cid', [{ event_id: 'call-1' }, { event_id: 'call-2' }]);
  await book('dan', [{ event_id: 'call-1', input_tokens: 7 }]);
  const before = await sumsOf(['cid', 'dan']);
  expect((await give('cid', 'dan')).counts).toMatchObject({ usage_events: 2, renamed_event_ids: 1 });
  expect(await sumsOf(['dan'])).toEqual(before);
  const ids = await eventIds('dan');
  expect(ids).toHaveLength(3);
  expect(ids).toEqual(expect.arrayContaining(['call-1', 'call-2']));
  const again = { event_id: 'call-1', model: 'gpt-4o-mini', input_tokens: 7 };
  expect((await meterr.call('recordUsage', keyOf('dan'), { body: again })).body).toMatchObject({
    duplicate: true,
  });
});

test('K10: events that are booked meanwhile stay with their sums, whoever has them then', async () => {
  await book('eve', someEvents);
  let isOver = false;
  let booked = 0;
  const booking = [1, 2, 3].map(async () => {
    while (!isOver) {
      await book('eve', someEvents);
      booked += someEvents.length;
    }
  });
  for (let round = 0; round < 10; round += 1) await give('eve', 'fay');
  isOver = true;
  await Promise.all(booking);
  for (const person of ['eve', 'fay']) {
    const [events, days, quarters] = await sumsOf([person]);
    if (events?.events === 0) continue;
    expect([days, quarters]).toEqual([events, events]);
  }
  const { usage_events: left = 0 } = await ownedBy('eve');
  const { usage_events: moved = 0 } = await ownedBy('fay');
  expect(left + moved).toBe(booked + someEvents.length);
});

test('K10: more events than one statement moves change hands whole', async () => {
  const { orm } = meterr.database;
  await book('gil', [{}]);
  const columns = sql`user_id, environment, key_id, content_hash, provider, model, occurred_at, created_at, input_tokens,
    cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, input_audio_tokens,
    output_audio_tokens, cache_read_audio_tokens, output_image_tokens, citation_tokens, web_searches, total_tokens,
    total_mismatch, cost, price_id, priced`;
  await orm.execute(sql`INSERT INTO usage_events (id, event_id, ${columns})
    SELECT gen_random_uuid(), 'many-' || n, ${columns} FROM usage_events, generate_series(1, 40999) AS n
    WHERE user_id = 'gil'`);
  for (const table of [sql`usage_by_day`, sql`usage_by_quarter`]) {
    await orm.execute(sql`UPDATE ${table} SET events = 41000, tokens = tokens * 41000, cost = cost * 41000
      WHERE user_id = 'gil'`);
  }
  const before = await sumsOf(['gil']);
  expect(before[1]).toEqual(before[0]);
  expect((await give('gil', 'hal')).counts.usage_events).toBe(41_000);
  expect(await sumsOf(['hal'])).toEqual(before);
  expect(await ownedBy('gil')).toMatchObject({ token_counts: 0, usage_events: 0 });
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest, testNowMs } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const ann = keyOf('ann');
const event = { provider: 'openai', model: 'gpt-4o-mini', input_tokens: 1000, output_tokens: 500 };

async function rowsOf(userId: string): Promise<number> {
  const { rows } = await meterr.database.orm.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM usage_events WHERE user_id = ${userId}`,
  );
  return rows[0]?.n ?? -1;
}

describe('T3: one event id counts once', () => {
  test('T3: sent twice: the first answer again, and one row', async () => {
    const bob = keyOf('bob');
    const body = { ...event, event_id: 'call-1', tags: { team: 'red' } };
    const first = await meterr.call('recordUsage', bob, { body });
    meterr.clock.advance(60_000);
    const second = await meterr.call('recordUsage', bob, {
      body: { tags: { team: 'red' }, event_id: 'call-1', ...event },
    });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.body).toMatchObject({ duplicate: false });
    expect(second.body).toEqual({ ...first.body, duplicate: true });
    expect(await rowsOf('bob')).toBe(1);
  });

  test('T3: other content under the same id is a conflict and changes nothing', async () => {
    const eve = keyOf('eve');
    await meterr.call('recordUsage', eve, { body: { ...event, event_id: 'x' } });
    const other = await meterr.call('recordUsage', eve, {
      body: { ...event, event_id: 'x', output_tokens: 501 },
    });
    expect(other).toMatchObject({ status: 409, code: 'event_conflict' });
    expect(await rowsOf('eve')).toBe(1);
  });

  test('T3: fifty at the same moment count once', async () => {
    const carl = keyOf('carl');
    const body = { ...event, event_id: 'parallel' };
    const got = await Promise.all(
      Array.from({ length: 50 }, () => meterr.call('recordUsage', carl, { body })),
    );
    expect(got.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(got.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(new Set(got.map((one) => one.text('id'))).size).toBe(1);
    const summary = await meterr.call('usageSummary', carl, {});
    expect(summary.body).toMatchObject({ total_tokens: 1500, total_cost: '0.000450', total_events: 1 });
  });

  test('K5: owners and environments have their own ids', async () => {
    const body = { ...event, event_id: 'shared' };
    const live = keyOf('dora');
    for (const caller of [live, keyOf('dora', { environment: 'test' }), keyOf('emil')]) {
      expect((await meterr.call('recordUsage', caller, { body })).status).toBe(201);
    }
    expect((await meterr.call('listUsage', live, {})).list()).toHaveLength(1);
  });
});

describe('V1: what cannot be right is refused', () => {
  test.each([
    [{ model: 'm' }, '/usage'],
    [{ model: 'm', input_tokens: 1, usage: { prompt_tokens: 1 } }, '/input_tokens'],
    [{ model: 'm', input_tokens: -1 }, '/input_tokens'],
    [{ model: 'm', input_tokens: 1.5 }, '/input_tokens'],
    [{ model: 'm', input_tokens: 2 ** 53 }, '/input_tokens'],
    [{ model: 'm', input_tokens: '5' }, '/input_tokens'],
    [{ model: 'm', input_tokens: Number.MAX_SAFE_INTEGER, output_tokens: 1 }, '/input_tokens'],
    [
      { model: 'm', input_tokens: 1, timestamp: new Date(testNowMs + 400_000_000).toISOString() },
      '/timestamp',
    ],
    [{ model: 'm', input_tokens: 1, timestamp: 'yesterday' }, '/timestamp'],
    [{ model: 'm', input_tokens: 1, timestamp: '1969-12-31T23:59:59Z' }, '/timestamp'],
    [{ model: 'm', input_tokens: 1, reported_cost: '-1' }, '/reported_cost'],
    [{ model: 'm', input_tokens: 1, reported_cost: '1e3' }, '/reported_cost'],
    [{ model: 'm', input_tokens: 1, reported_cost: 1 }, '/reported_cost'],
    [{ model: 'x'.repeat(201), input_tokens: 1 }, '/model'],
    [{ model: 'm\u202e', input_tokens: 1 }, '/model'],
    [{ model: 'm', input_tokens: 1, surprise: true }, '/'],
    [{ model: 'm', input_tokens: 1, tags: { a: 1 } }, '/tags/a'],
    [{ model: 'm', usage: { prompt_tokens: 2, completion_tokens: -2 } }, '/usage/completion_tokens'],
  ])('V1: %j at %s', async (body, pointer) => {
    const got = await meterr.call('recordUsage', ann, { body });
    expect(got).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(got.errors.map((error) => error.pointer)).toContain(pointer);
  });

  test('V1: a clock may be five minutes ahead and no more', async () => {
    const at = (ms: number) => new Date(meterr.clock.now() + ms).toISOString();
    const status = async (timestamp: string) =>
      (await meterr.call('recordUsage', ann, { body: { ...event, timestamp } })).status;
    expect(await status(at(300_000))).toBe(201);
    expect(await status(at(300_001))).toBe(422);
    expect(await status('1970-01-01T00:00:00Z')).toBe(201);
  });

  test('V3: text that looks like SQL is data', async () => {
    const model = "'; DROP TABLE usage_events; --";
    const metadata = { note: '<script>{"$ne": null}\\' };
    const got = await meterr.call('recordUsage', ann, { body: { model, input_tokens: 1, metadata } });
    expect(got.body).toMatchObject({ model, metadata });
    const read = await meterr.call('getUsage', ann, { params: { id: got.text('id') } });
    expect(read.body).toMatchObject({ model, metadata });
  });
});

describe('R3: events are reached through their owner', () => {
  test('R3: another owner’s, another environment’s and no one’s id answer alike', async () => {
    const got = await meterr.call('recordUsage', keyOf('owner'), { body: event });
    const params = { id: got.text('id') };
    expect((await meterr.call('getUsage', keyOf('owner'), { params })).status).toBe(200);
    for (const caller of [keyOf('stranger'), keyOf('owner', { environment: 'test' })]) {
      expect(await meterr.call('getUsage', caller, { params })).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    }
    for (const id of ['nothing', '00000000-0000-7000-8000-000000000000', "' OR 1=1"]) {
      expect((await meterr.call('getUsage', keyOf('owner'), { params: { id } })).status).toBe(404);
    }
  });

  test('T3: pages run through all events, newest first, each once', async () => {
    const fay = keyOf('fay');
    for (let hour = 0; hour < 7; hour++) {
      const timestamp = `2026-03-01T0${hour % 4}:00:00Z`;
      await meterr.call('recordUsage', fay, { body: { ...event, timestamp, event_id: `e${hour}` } });
    }
    const seen: string[] = [];
    let cursor: unknown;
    do {
      const query = cursor === undefined ? { limit: 3 } : { limit: 3, cursor };
      const got = await meterr.call('listUsage', fay, { query });
      seen.push(...got.list().map((one) => `${one.timestamp} ${one.event_id}`));
      cursor = got.body.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    const times = seen.map((one) => one.slice(0, 24));
    expect(times).toEqual([...times].sort().reverse());
    const none = await meterr.call('listUsage', fay, { query: { end_date: '2026-02-28' } });
    expect(none.list()).toEqual([]);
    expect(await meterr.call('listUsage', fay, { query: { cursor: 'forged' } })).toMatchObject({
      status: 422,
    });
  });
});

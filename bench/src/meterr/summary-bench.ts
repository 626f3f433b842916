import { type KeyCaller, systemClock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { testKeyring } from '@keyward/guard/testing';
import { meterrService } from '@keyward/meterr';
import type { Bench } from '../bench.ts';
import { atMost } from '../report/goal.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { contextOf, meterrCaller } from './callers.ts';
import { usageDatabase } from './usage-database.ts';

const wishes: Readonly<Record<string, object>> = {
  'UTC days by model': {},
  'UTC days by key': { by: 'key' },
  'days of Europe/Berlin by model': { time_zone: 'Europe/Berlin' },
};
const eventsPerStatement = 500_000;

/** P10: the 30-day summary of a heavy user over five million events of his own, beside a million of others. */
export const bench: Bench = async ({ isShort, log }) => {
  const events = isShort ? 100_000 : 5_000_000;
  await using database = await usageDatabase();
  const meterr = meterrService({ database, clock: systemClock, keyring: testKeyring() });
  await meterr.start?.();
  for (let at = 0; at < events; at += eventsPerStatement) {
    await make(database, 'heavy', Math.min(eventsPerStatement, events - at), at);
    log(`events: ${at + eventsPerStatement} of ${events}`);
  }
  await make(database, 'other', events / 5);
  await database.pool.query(sums('usage_by_day', 'day', `(occurred_at AT TIME ZONE 'UTC')::date`));
  await database.pool.query(
    sums('usage_by_quarter', 'quarter', `date_bin('15 minutes', occurred_at, '1970-01-01Z')`),
  );
  await database.pool.query('ANALYZE');
  const caller = meterrCaller('heavy', 'key-0');
  const timed: { readonly name: string; readonly timesMs: readonly number[] }[] = [];
  for (const [name, wish] of Object.entries(wishes))
    timed.push({ name, timesMs: await times(meterr, caller, wish) });
  await meterr.stop?.();
  return {
    title: 'Summing usage',
    goals: [
      atMost(
        'P10',
        `30-day summary over ${events} events, p95`,
        at(timed[0]?.timesMs ?? [], 0.95),
        10,
        ' ms',
      ),
    ],
    paragraphs: [
      `200 summaries each through the handler, after 20 that warm up; ${events} events of this user in 30 days, 12 models, 4 keys, a fifth as many of another; events and sums were made by SQL; PostgreSQL ${database.version}.`,
      markdownTable(
        ['summary', 'median ms', 'p95 ms'],
        timed.map(({ name, timesMs }) => [name, at(timesMs, 0.5).toFixed(1), at(timesMs, 0.95).toFixed(1)]),
      ),
    ],
  };
};

/** Evenly over 30 days, 12 models, 4 keys. */
async function make(database: Database, userId: string, count: number, from = 0): Promise<void> {
  await database.pool.query(
    `INSERT INTO usage_events (id, user_id, environment, key_id, event_id, content_hash, provider, model, occurred_at,
      created_at, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
      reasoning_tokens, input_audio_tokens, output_audio_tokens, cache_read_audio_tokens, output_image_tokens,
      citation_tokens, web_searches, total_tokens, total_mismatch, cost, priced)
    SELECT gen_random_uuid(), $1, 'live', 'key-' || n % 4, $1 || n, '\\x00', 'openai', 'model-' || n % 12,
      now() - n % 2592000 * interval '1 second', now(), 1000, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 1100, false, 0.0123456789, 'exact'
    FROM generate_series($2::int, $3::int) AS n`,
    [userId, from, from + count - 1],
  );
}

function sums(table: string, column: string, start: string): string {
  return `INSERT INTO ${table} (user_id, environment, ${column}, provider, model, key_id, events, unpriced_events, tokens, cost)
    SELECT user_id, environment, ${start}, provider, model, key_id, count(*), 0, sum(total_tokens), sum(cost)
    FROM usage_events GROUP BY 1, 2, 3, 4, 5, 6`;
}

type Meterr = ReturnType<typeof meterrService>;

/** Milliseconds of each, ascending. */
async function times({ contract, handlers }: Meterr, caller: KeyCaller, wish: object): Promise<number[]> {
  const query = contract.usageSummary.request.query.parse(wish);
  const input = { query, params: undefined, headers: undefined, body: undefined };
  const timesMs: number[] = [];
  for (let round = 0; round < 220; round += 1) {
    const begunMs = performance.now();
    const reply = await handlers.usageSummary(input, contextOf(caller));
    if (round >= 20) timesMs.push(performance.now() - begunMs);
    if (!('status' in reply) || reply.status !== 200) throw new Error(JSON.stringify(reply));
  }
  return timesMs.sort((a, b) => a - b);
}

function at(timesMs: readonly number[], share: number): number {
  return timesMs[Math.ceil(share * timesMs.length) - 1] ?? Number.NaN;
}

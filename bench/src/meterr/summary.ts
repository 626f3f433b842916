import { parseArgs } from 'node:util';
import { type KeyCaller, systemClock } from '@keyward/guard';
import { testKeyring } from '@keyward/guard/testing';
import { meterrService } from '@keyward/meterr';
import { usageDatabase } from './usage-database.ts';

// The 30-day summary of a heavy user over five million events of his own, beside a million of others (SPEC P10). Events and
// sums are made by SQL. Run: POSTGRES_URL=… node bench/src/meterr/summary.ts [--events 5000000]

const { values } = parseArgs({ options: { events: { type: 'string', default: '5000000' } } });
const events = Number(values.events);
const serverUrl = process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

await using database = await usageDatabase(serverUrl);
const meterr = meterrService({ database, clock: systemClock, keyring: testKeyring() });
await meterr.start?.();
const startMs = performance.now();
const piece = 500_000;
for (let at = 0; at < events; at += piece) await make('heavy', Math.min(piece, events - at), at);
await make('other', events / 5, 0);
await database.pool.query(sums('usage_by_day', 'day', `(occurred_at AT TIME ZONE 'UTC')::date`));
await database.pool.query(
  sums('usage_by_quarter', 'quarter', `date_bin('15 minutes', occurred_at, '1970-01-01Z')`),
);
await database.pool.query('ANALYZE');
console.log(`made in ${((performance.now() - startMs) / 1000).toFixed(0)} s`);

await measure('UTC days by model', {});
await measure('UTC days by key', { by: 'key' });
await measure('days of Europe/Berlin by model', { time_zone: 'Europe/Berlin' });
await meterr.stop?.();

/** Evenly over 30 days, 12 models, 4 keys. */
async function make(userId: string, count: number, from: number): Promise<void> {
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

async function measure(name: string, wish: object): Promise<void> {
  const caller: KeyCaller = {
    kind: 'key',
    keyId: 'key-0',
    userId: 'heavy',
    role: 'user',
    service: 'meterr',
    environment: 'live',
    scopes: new Set(),
  };
  const query = meterr.contract.usageSummary.request.query.parse(wish);
  const input = { query, params: undefined, headers: undefined, body: undefined };
  const context = {
    requestId: 'bench',
    caller,
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    audited: () => {},
  };
  const timesMs: number[] = [];
  for (let round = 0; round < 220; round += 1) {
    const begunMs = performance.now();
    const reply = await meterr.handlers.usageSummary(input, context);
    if (round >= 20) timesMs.push(performance.now() - begunMs);
    if (!('status' in reply) || reply.status !== 200) throw new Error(JSON.stringify(reply));
  }
  timesMs.sort((a, b) => a - b);
  const at = (share: number) => timesMs[Math.ceil(share * timesMs.length) - 1]?.toFixed(1);
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms`);
}

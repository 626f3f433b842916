import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { exportAudit } from '@keyward/guard';
import { createTestDatabase, type TestDatabase } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textStream } from './text-stream.ts';

const rows = 200_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let database: TestDatabase;
let queries = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query("SELECT keyward_ensure_audit_partition('2026-03-01Z')");
  // An export of everything goes by the key; the indexes of the searches would only slow the making of rows.
  const { rows: indexes } = await database.pool.query<{ name: string }>(
    "SELECT indexname AS name FROM pg_indexes WHERE tablename = 'audit_logs' AND indexname <> 'audit_logs_pkey'",
  );
  for (const { name } of indexes) await database.pool.query(`DROP INDEX ${name}`);
  for (let from = 0; from < rows; from += 10_000) await database.pool.query(insertRows, [from, from + 9_999]);
  database.pool.on('release', () => {
    queries += 1;
  });
}, 300_000);
afterAll(() => database[Symbol.asyncDispose]());

const insertRows = `
  INSERT INTO audit_logs (id, created_at, user_id, api_key, method, path, status, duration_ms, ip, user_agent, request_id, action)
  SELECT 'row-' || lpad(i::text, 7, '0'), '2026-03-01Z'::timestamptz + i * interval '3 ms', 'usr_' || i % 50, 'key_' || i % 500,
    'GET', '/api/metadata/' || md5(i::text), 200, 3, '192.0.2.1', repeat('Mozilla/5.0 ', 20), 'req-' || i, 'metadata.read'
  FROM generate_series($1::int, $2::int) AS i`;

const open = (format: 'jsonl' | 'csv') =>
  textStream((signal) => exportAudit(database, {}, format, { signal }));

test.each(['jsonl', 'csv'] as const)(
  'A6: an export of 200,000 rows as %s is whole and leaves memory flat',
  async (format) => {
    const reader = (await open(format)).pipeThrough(new TextDecoderStream()).getReader();
    let [pieces, lines, characters] = [0, 0, 0];
    const samples: number[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      lines += value.split('\n').length - 1;
      characters += value.length;
      pieces += 1;
      if (pieces % 100 === 50) samples.push(held());
    }
    expect(lines).toBe(format === 'csv' ? rows + 1 : rows);
    expect(characters).toBeGreaterThan(70_000_000);
    const [first = 0] = samples;
    expect(samples.length).toBeGreaterThan(3);
    // A tenth of the text, had it been kept.
    expect(Math.max(...samples) - first).toBeLessThan(8_000_000);
  },
  300_000,
);

test('A6: a client that goes away ends the queries', async () => {
  const before = queries;
  const reader = (await open('jsonl')).getReader();
  await reader.read();
  const asked = reader.read();
  await reader.cancel();
  await asked;
  await delay(500);
  // A page for the first piece, and at most the ones that were under way; all the rows are four hundred.
  expect(queries - before).toBeGreaterThan(0);
  expect(queries - before).toBeLessThanOrEqual(4);
});

test('A6: what goes wrong before the first row is an error, and afterwards breaks the stream off', async () => {
  const wrong = async function* (pieces: number): AsyncGenerator<string> {
    for (let i = 0; i < pieces; i++) yield 'piece';
    throw new Error('gone');
  };
  await expect(textStream(() => wrong(0))).rejects.toThrow('gone');
  const reader = (await textStream(() => wrong(1))).getReader();
  expect((await reader.read()).done).toBe(false);
  await expect(reader.read()).rejects.toThrow('gone');
});

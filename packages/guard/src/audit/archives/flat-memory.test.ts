import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { archiveMonths } from './archive-months.ts';
import { readArchive } from './read-archive.ts';
import { archiveDeps, newKeyringText, sequenceAll } from './testing/archive-bed.ts';

let database: TestDatabase;
const folder = temporaryFolder();
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await database[Symbol.asyncDispose]();
});

const rows = 100_000;
const liveBytesMax = 60_000_000;

test('A5: a month of 100,000 rows is archived and read in a memory that does not hold it', {
  timeout: 600_000,
}, async () => {
  await database.pool.query(`SELECT keyward_ensure_audit_partition('2001-03-01')`);
  await database.pool.query(
    `INSERT INTO audit_logs (id, created_at, user_id, method, path, status, duration_ms, request_id, action, ip, user_agent)
     SELECT 'row-' || n, '2001-03-05', 'user-' || n % 3000, 'GET', '/' || repeat('p', 200), 200, 1, 'r', 'a', '203.0.113.7',
       repeat('agent', 20) FROM generate_series(1, $1::int) n`,
    [rows],
  );
  await sequenceAll(database.url);
  const deps = archiveDeps(database, folder.path, newKeyringText());
  const before = liveBytes();
  let peakBytes = 0;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, liveBytes() - before);
  }, 2_000);
  try {
    expect(await archiveMonths(deps)).toMatchObject({ archived: [{ rows }] });
    let read = 0;
    for await (const { personal } of readArchive(deps, '2001-03')) read += personal === undefined ? 0 : 1;
    expect(read).toBe(rows);
  } finally {
    clearInterval(watch);
  }
  expect(peakBytes).toBeLessThan(liveBytesMax);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is in use and not merely left over. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

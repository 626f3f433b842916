import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { holdNodePlace, LimitsNotSharedError } from './node-place.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const hold = (sharesLimits: boolean) =>
  holdNodePlace({ url: database.url, sharesLimits, onError: () => {}, waitMs: 400 });

test('O1: nodes that share their limits serve one database together', async () => {
  const places = await Promise.all([hold(true), hold(true), hold(true)]);
  for (const place of places) await place.release();
});

test('O1: a node without Redis serves alone, beside any other it is refused with what to do', async () => {
  const first = await hold(false);
  await expect(hold(false)).rejects.toThrow(LimitsNotSharedError);
  await expect(hold(true)).rejects.toThrow(/give all nodes the same REDIS_URL/);
  await first.release();
  const shared = await hold(true);
  await expect(hold(false)).rejects.toThrow(/set REDIS_URL on each/);
  await shared.release();
});

test('O1: its own earlier life is no second node: PostgreSQL forgets it and the next start goes on', async () => {
  const earlier = await hold(false);
  setTimeout(() => void earlier.release(), 100);
  const later = await holdNodePlace({
    url: database.url,
    sharesLimits: false,
    onError: () => {},
    waitMs: 5_000,
  });
  await later.release();
});

test('O6: a connection that breaks while it waits for a place is a failed start, not the end of the process', async () => {
  const first = await hold(false);
  const waiting = holdNodePlace({ url: database.url, sharesLimits: false, onError: () => {}, waitMs: 5_000 });
  const broken = expect(waiting).rejects.toThrow(/not queryable|terminat/);
  // Of the two, the one that holds nothing waits.
  await expect
    .poll(async () => {
      const { rowCount } = await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'keyward node' AND datname = current_database()
           AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`,
      );
      return rowCount;
    })
    .toBe(1);
  await broken;
  await first.release();
});

test('O2: a place that is let go of while it is being taken again is not kept', async () => {
  const places = () =>
    database.pool.query<{ pid: number; held: boolean }>(
      `SELECT pid, pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted) AS held
       FROM pg_stat_activity WHERE application_name = 'keyward node' AND datname = current_database()`,
    );
  const place = await holdNodePlace({
    url: database.url,
    sharesLimits: true,
    onError: () => {},
    waitMs: 60_000,
  });
  const other = await database.pool.connect();
  try {
    await other.query('BEGIN');
    // Waits for the place, and has it once that connection has broken.
    const taken = other.query(`SELECT pg_advisory_xact_lock(${0x6b65796e})`);
    const [{ pid } = { pid: 0 }] = (await places()).rows;
    await database.pool.query('SELECT pg_terminate_backend($1)', [pid]);
    await taken;
    await expect
      .poll(async () => (await places()).rows, { timeout: 30_000 })
      .toEqual([{ pid: expect.any(Number), held: false }]);
    await place.release();
  } finally {
    await other.query('COMMIT');
    other.release();
  }
  await expect.poll(async () => (await places()).rows, { timeout: 30_000 }).toEqual([]);
});

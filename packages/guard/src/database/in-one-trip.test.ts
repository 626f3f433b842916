import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { type Database, openDatabase, type Transaction } from './database.ts';
import { isDatabaseUnavailable } from './database-unavailable.ts';
import { fixedStatement, inOneTrip } from './in-one-trip.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query('CREATE TABLE kept (n int PRIMARY KEY, t text, b bytea)');
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => database.pool.query('TRUNCATE kept'));

const insert = fixedStatement('INSERT INTO kept SELECT $1::int, $2::text, $3::bytea');
const count = fixedStatement('SELECT count(*), $1::text FROM kept');
const add = (n: number) => ({ statement: insert, values: [String(n), 'é"\\', Buffer.from([0, 255])] });
const counted = { statement: count, values: [null] };
const processId = { statement: fixedStatement('SELECT pg_backend_pid()'), values: [] };

const kept = async () => (await database.pool.query('SELECT * FROM kept ORDER BY n')).rows;
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

test('each statement sees what those before it did, and answers with its rows as text', async () => {
  const [none, before, , after] = await inOneTrip(database, [add(1), counted, add(2), counted]);
  expect([none, before, after]).toEqual([[], [['1', null]], [['2', null]]]);
  expect(await kept()).toEqual([1, 2].map((n) => ({ n, t: 'é"\\', b: Buffer.from([0, 255]) })));
});

test('O6: all statements of a trip or none, however often one of them fails', async () => {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const failure = await failureOf(inOneTrip(database, [add(1), add(1)]));
    expect(isDatabaseUnavailable(failure)).toBe(false);
    expect(await kept()).toEqual([]);
  }
  await inOneTrip(database, [add(1)]);
  expect(await kept()).toHaveLength(1);
});

test('within a transaction nothing is kept when it is rolled back', async () => {
  await failureOf(
    database.orm.transaction(async (tx) => {
      await inOneTrip(tx, [add(1)]);
      await tx.execute(sql`SELECT 1 FROM kept`);
      throw new Error('given up');
    }),
  );
  expect(await kept()).toEqual([]);
});

test('a lock that is waited for lets the next statement see what its holder did', async () => {
  const lock = { statement: fixedStatement('SELECT pg_advisory_xact_lock($1::int)'), values: ['7'] };
  const isHeld = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const holder = database.orm.transaction(async (tx) => {
    await inOneTrip(tx, [lock, add(1)]);
    isHeld.resolve();
    await mayEnd.promise;
  });
  await isHeld.promise;
  const waiting = inOneTrip(database, [lock, counted]);
  try {
    await expect.poll(() => waitsOf(database)).toBe(1);
  } finally {
    mayEnd.resolve();
  }
  await holder;
  expect((await waiting)[1]).toEqual([['1', null]]);
});

async function waitsOf(of: Database): Promise<number> {
  const { rows } = await of.pool.query(`
    SELECT count(*)::int AS waits FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`);
  return rows[0]?.waits;
}

test('a text is read and planned once for a connection', async () => {
  const prepared = fixedStatement('SELECT name FROM pg_prepared_statements WHERE name LIKE $1::text');
  const names = async (tx: Transaction) =>
    (await inOneTrip(tx, [{ statement: prepared, values: ['keyward%'] }]))[0];
  await using own = await createTestDatabase();
  const rows = await own.orm.transaction(async (tx) => [await names(tx), await names(tx), await names(tx)]);
  expect(rows).toEqual([[], [[prepared.name]], [[prepared.name]]]);
});

test('K10: on a connection that answers by another name than at its beginning nothing is left prepared', async () => {
  const shared = openDatabase({ url: database.url, connectionsMax: 1 });
  try {
    // Behind a pooler the process that is named at the beginning is none of the server.
    shared.pool.on('connect', (client) => Object.assign(client, { processID: 1 }));
    for (let attempt = 0; attempt < 3; attempt += 1) await inOneTrip(shared, [counted]);
    expect((await shared.pool.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
  } finally {
    await shared.close();
  }
});

test('O6: a connection that breaks on the way is told of as a database that is away, and not used again', async () => {
  const [row] = (await inOneTrip(database, [processId]))[0] ?? [];
  const sleep = { statement: fixedStatement('SELECT pg_sleep(60)'), values: [] };
  const failure = failureOf(inOneTrip(database, [add(1), sleep]));
  const asleep = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()
    AND datname = current_database()`;
  await expect.poll(async () => (await database.pool.query(asleep)).rows.length).toBe(1);
  await database.pool.query(`SELECT pg_terminate_backend(pid) FROM (${asleep}) AS found`);
  expect(isDatabaseUnavailable(await failure)).toBe(true);
  expect(row?.[0]).toMatch(/^\d+$/);
  expect(await inOneTrip(database, [counted])).toEqual([[['0', null]]]);
});

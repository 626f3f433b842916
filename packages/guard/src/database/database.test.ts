import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cuttableProxy } from '../audit/testing/cuttable-proxy.ts';
import { unexpected } from '../pipeline.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { openDatabase, type Transaction } from './database.ts';
import { isDatabaseUnavailable } from './database-unavailable.ts';

let server: TestDatabase;
beforeAll(async () => {
  server = await createTestDatabase();
});
afterAll(() => server[Symbol.asyncDispose]());

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

/** What PostgreSQL's death is to one connection. */
async function killConnection(tx: Transaction): Promise<void> {
  const { rows } = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
  await server.pool.query('SELECT pg_terminate_backend($1, 1000)', [rows[0]?.pid]);
}

test('O6: a connection that breaks inside a transaction fails that transaction alone, not the process', async () => {
  const database = openDatabase({ url: server.url });
  const failure = await failureOf(
    database.orm.transaction(async (tx) => {
      await killConnection(tx);
      // Nothing is asked at the moment at which it breaks: nobody but a listener hears of it.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await tx.execute(sql`SELECT 1`);
    }),
  );
  expect(isDatabaseUnavailable(failure)).toBe(true);
  expect((await database.orm.transaction((tx) => tx.execute(sql`SELECT 1`))).rowCount).toBe(1);
  await database.close();
});

test('O6: connections that break before their transaction has begun do not stay taken', async () => {
  const database = openDatabase({ url: server.url, connectionsMax: 2 });
  const breakIt = (client: pg.PoolClient): void => {
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  database.pool.on('acquire', breakIt);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const failure = await failureOf(database.orm.transaction((tx) => tx.execute(sql`SELECT 1`)));
    expect(isDatabaseUnavailable(failure)).toBe(true);
  }
  database.pool.off('acquire', breakIt);
  expect((await database.orm.transaction((tx) => tx.execute(sql`SELECT 1`))).rowCount).toBe(1);
  await database.close();
});

test('O6: a database that cannot be reached is 503, for a query and for a transaction', async () => {
  await using proxy = await cuttableProxy(server.url);
  const database = openDatabase({ url: proxy.url });
  await database.orm.execute(sql`SELECT 1`);
  proxy.cut();
  for (const failure of [
    await failureOf(database.orm.execute(sql`SELECT 1`)),
    await failureOf(database.orm.transaction((tx) => tx.execute(sql`SELECT 1`))),
  ]) {
    expect(isDatabaseUnavailable(failure)).toBe(true);
    expect(unexpected(failure)).toMatchObject({
      code: 'database_unavailable',
      headers: { 'retry-after': '1' },
    });
  }
  proxy.restore();
  expect((await database.orm.execute(sql`SELECT 1`)).rowCount).toBe(1);
  await database.close();
});

test('what is wrong with a statement or in a handler is no unavailable database', async () => {
  const { orm } = server;
  for (const failure of [
    await failureOf(orm.execute(sql`SELECT nothing FROM nowhere`)),
    await failureOf(orm.transaction((tx) => tx.execute(sql`SELECT 1 / 0`))),
    await failureOf(orm.transaction(() => Promise.reject(new Error('mine')))),
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    undefined,
  ]) {
    expect(isDatabaseUnavailable(failure)).toBe(false);
  }
});

test('a transaction that throws is rolled back and gives its connection back', async () => {
  const database = openDatabase({ url: server.url, connectionsMax: 1 });
  const failure = await failureOf(
    database.orm.transaction(async (tx) => {
      await tx.execute(sql`CREATE TABLE never (n int)`);
      throw new Error('mine');
    }),
  );
  expect(failure).toMatchObject({ message: 'mine' });
  const { rows } = await database.orm.execute(sql`SELECT to_regclass('never') AS made`);
  expect(rows).toEqual([{ made: null }]);
  await database.close();
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { keyUses } from './key-uses.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

async function openCount(id: string, usesMax: number): Promise<void> {
  await database.pool.query('INSERT INTO key_uses (id, uses_max) VALUES ($1, $2)', [id, usesMax]);
}

async function used(id: string): Promise<number> {
  const { rows } = await database.pool.query('SELECT used FROM key_uses WHERE id = $1', [id]);
  return Number(rows[0].used);
}

test('K6: of 300 requests at once on three nodes exactly as many pass as there are uses', async () => {
  await openCount('shared', 50);
  const nodes = [keyUses(database), keyUses(database), keyUses(database)];
  const taken = await Promise.all(
    Array.from({ length: 300 }, (_, at) => nodes[at % nodes.length]?.take('shared')),
  );
  expect(taken.filter(Boolean)).toHaveLength(50);
  expect(await used('shared')).toBe(50);
  expect(await nodes[0]?.take('shared')).toBe(false);
});

test('K6: counts do not touch each other, and a count that is not there has no uses', async () => {
  await openCount('a', 1);
  await openCount('b', 1);
  const uses = keyUses(database);
  expect(await Promise.all(['a', 'b', 'a', 'none'].map((id) => uses.take(id)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('K6: requests that wait together share a statement', async () => {
  await openCount('busy', 1_000);
  let statements = 0;
  const counting = {
    ...database,
    orm: Object.assign(Object.create(database.orm), {
      execute: (query: Parameters<typeof database.orm.execute>[0]) => {
        statements += 1;
        return database.orm.execute(query);
      },
    }),
  };
  const uses = keyUses(counting);
  await Promise.all(Array.from({ length: 500 }, () => uses.take('busy')));
  expect(await used('busy')).toBe(500);
  expect(statements).toBeLessThanOrEqual(3);
});

test('K6: while the database is away nobody is admitted, and nothing is stuck afterwards', async () => {
  const away = openDatabase({ url: 'postgres://127.0.0.1:1/none' });
  const uses = keyUses(away);
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => uses.take('x')));
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  await expect(uses.take('x')).rejects.toThrow();
  await away.close();
});

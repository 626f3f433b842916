import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as archives from '../audit/archives/schema.ts';
import * as sums from '../audit/shipping/schema.ts';
import * as tree from '../audit/tree/schema.ts';
import * as blocks from '../blocks/schema.ts';
import * as keys from '../keys/schema.ts';
import * as outbox from '../notify/schema.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import * as schema from './schema.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const tables = [schema, keys, outbox, blocks, archives, sums, tree]
  .flatMap((module): unknown[] => Object.values(module))
  .filter((value) => is(value, PgTable))
  .map((table) => getTableConfig(table));

test.each(tables.map((table) => [table.name, table] as const))(
  'the table %s is in the code as the migrations make it',
  async (name, { columns }) => {
    const { rows } = await database.pool.query<{ name: string; nullable: boolean }>(
      `SELECT column_name AS name, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY 1`,
      [name],
    );
    const declared = columns.map((column) => ({ name: column.name, nullable: !column.notNull }));
    // A primary key is not null whether or not the declaration says so.
    const primary = new Set(columns.filter((column) => column.primary).map((column) => column.name));
    const expected = declared.map((column) =>
      primary.has(column.name) ? { ...column, nullable: false } : column,
    );
    expect(rows).toEqual(expected.sort((a, b) => (a.name < b.name ? -1 : 1)));
  },
);

test('there are tables to compare', () => expect(tables.length).toBeGreaterThanOrEqual(7));

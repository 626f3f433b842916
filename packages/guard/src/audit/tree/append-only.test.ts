import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`INSERT INTO audit_salts VALUES (0, decode(repeat('00', 16), 'hex'))`);
});
afterAll(() => database[Symbol.asyncDispose]());

const tables = ['audit_leaves', 'audit_salts', 'audit_tiles', 'audit_checkpoints', 'audit_erasures'];
const column = (table: string) =>
  table === 'audit_tiles' ? 'level' : table === 'audit_checkpoints' ? 'size' : 'seq';

test.each(
  tables.flatMap((table) => [
    `UPDATE ${table} SET ${column(table)} = 1`,
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
  ]),
)('A4: %s is refused', async (statement) => {
  await expect(database.pool.query(statement)).rejects.toThrow(/append only/);
});

test('A5: a salt goes where its commitment has been kept', async () => {
  await database.pool.query(`INSERT INTO audit_erasures VALUES (0, sha256('x'))`);
  await database.pool.query('DELETE FROM audit_salts WHERE seq = 0');
  const { rows } = await database.pool.query('SELECT seq FROM audit_salts');
  expect(rows).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { insertEntry } from './insert-entry.ts';
import { sampleEntry } from './testing/sample-entry.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await insertEntry(database.orm, sampleEntry());
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

for (const table of ['audit_logs', 'audit_logs_2026_07']) {
  for (const statement of [`UPDATE ${table} SET status = 200`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
    test(`A4: ${statement} is refused`, async () => {
      await expect(database.pool.query(statement)).rejects.toThrow('append only');
      const { rows } = await database.pool.query('SELECT status FROM audit_logs');
      expect(rows).toEqual([{ status: 201 }]);
    });
  }
}

test('A6: a new partition has the indexes and the key of the table', async () => {
  const indexes = 'SELECT count(*)::int AS count FROM pg_indexes WHERE tablename = $1';
  const [whole, partition] = await Promise.all([
    database.pool.query(indexes, ['audit_logs']),
    database.pool.query(indexes, ['audit_logs_2026_07']),
  ]);
  expect(partition.rows[0].count).toBeGreaterThan(1);
  expect(partition.rows).toEqual(whole.rows);
});

test('A2: a partition is made while somebody reads the log', async () => {
  const reader = await database.pool.connect();
  try {
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM audit_logs');
    await database.pool.query("SELECT keyward_ensure_audit_partition('2040-01-01')");
    const { rows } = await database.pool.query(
      "SELECT to_regclass('audit_logs_2040_01') IS NOT NULL AS made",
    );
    expect(rows).toEqual([{ made: true }]);
  } finally {
    await reader.query('ROLLBACK');
    reader.release();
  }
});

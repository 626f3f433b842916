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

test('A2: many nodes that make the partition of the same month at once all succeed', async () => {
  for (const year of ['2050', '2051', '2052']) {
    const entries = Array.from({ length: 10 }, () => sampleEntry({ createdAt: Date.UTC(Number(year), 4) }));
    await Promise.all(entries.map((entry) => insertEntry(database.orm, entry)));
    const { rows } = await database.pool.query(`SELECT count(*)::int AS count FROM audit_logs_${year}_05`);
    expect(rows).toEqual([{ count: 10 }]);
  }
});

test('A2: whoever waits in a transaction for another node to make the partition finds it', async () => {
  const [first, second] = await Promise.all([database.pool.connect(), database.pool.connect()]);
  try {
    for (const client of [first, second]) {
      await client.query('BEGIN');
      // Both have looked for it and know that it is not there.
      await client.query(`SELECT to_regclass('public.audit_logs_2053_05')`);
    }
    await first.query(`SELECT keyward_ensure_audit_partition('2053-05-01')`);
    const waits = second.query(`SELECT keyward_ensure_audit_partition('2053-05-01')`);
    await first.query('COMMIT');
    await waits;
    await second.query('COMMIT');
  } finally {
    first.release(true);
    second.release(true);
  }
});

test('A4: the owner too can only blank the four personal fields, and only where it says that it erases', async () => {
  const client = await database.pool.connect();
  try {
    await client.query("SET keyward.erasing = 'on'");
    const blank = 'UPDATE audit_logs SET ip = NULL, user_agent = NULL, before = NULL, after = NULL';
    await expect(client.query(`${blank}, status = 500`)).rejects.toThrow('append only');
    await expect(client.query('UPDATE audit_logs SET ip = NULL')).rejects.toThrow('append only');
    await expect(client.query("UPDATE audit_logs SET ip = '192.0.2.1'")).rejects.toThrow('append only');
    await expect(client.query('DELETE FROM audit_logs')).rejects.toThrow('append only');
  } finally {
    client.release(true);
  }
});

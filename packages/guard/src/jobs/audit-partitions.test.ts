import { pino } from 'pino';
import { expect, test } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { auditPartitions } from './audit-partitions.ts';

test('A1: the partitions of this month and the next two are there, also over the end of a year', async () => {
  await using database = await createTestDatabase();
  const clock = fakeClock(Date.UTC(2031, 10, 30, 23, 59));
  const context = { clock, log: pino({ level: 'silent' }), signal: new AbortController().signal };
  await auditPartitions(database).run(undefined, context);
  await auditPartitions(database).run(undefined, context);
  const { rows } = await database.pool.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass`,
  );
  const names = rows.map((row) => row.name);
  expect(names).toEqual(
    expect.arrayContaining(['audit_logs_2031_11', 'audit_logs_2031_12', 'audit_logs_2032_01']),
  );
});

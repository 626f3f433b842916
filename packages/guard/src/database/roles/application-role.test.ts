import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertEntry } from '../../audit/insert-entry.ts';
import { sampleEntry } from '../../audit/testing/sample-entry.ts';
import { migrateJobs } from '../../jobs/migrate-jobs.ts';
import { startJobs } from '../../jobs/start-jobs.ts';
import { type ApplicationRole, createApplicationRole } from '../../testing/application-role.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { guardMigrations, runMigrations } from '../migrate.ts';
import { grantRights } from './grant-rights.ts';
import { MigrationRightsError } from './migration-rights-error.ts';
import { roleFaults } from './role-faults.ts';

let owner: TestDatabase;
let role: ApplicationRole;
beforeAll(async () => {
  owner = await createTestDatabase();
  await migrateJobs(owner.url);
  role = await createApplicationRole(owner, guardMigrations);
  await insertEntry(owner.orm, sampleEntry());
});
afterAll(async () => {
  await role[Symbol.asyncDispose]();
  await owner[Symbol.asyncDispose]();
});

const auditTables = [
  'audit_logs',
  'audit_logs_2026_07',
  'audit_leaves',
  'audit_salts',
  'audit_erasures',
  'audit_tiles',
  'audit_checkpoints',
  'audit_archives',
  'audit_person_keys',
];

describe.each(auditTables)('A4: as the application, on %s', (table) => {
  test.each([
    `DELETE FROM ${table}`,
    `TRUNCATE ${table}`,
    `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
    `ALTER TABLE ${table} ADD COLUMN more text`,
    `ALTER TABLE ${table} RENAME TO other`,
    `CREATE TRIGGER mine BEFORE INSERT ON ${table} EXECUTE FUNCTION keyward_audit_is_append_only()`,
    `CREATE INDEX ON ${table} ((1))`,
    `CREATE RULE mine AS ON INSERT TO ${table} DO INSTEAD NOTHING`,
    `DROP TABLE ${table}`,
  ])('%s is refused', async (statement) => {
    await expect(role.database.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('no column can be updated', async () => {
    const { rows } = await owner.pool.query<{ name: string }>(
      'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0',
      [table],
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { name } of rows) {
      await expect(role.database.pool.query(`UPDATE ${table} SET ${name} = NULL`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });
});

test.each([
  'SET session_replication_role = replica',
  `SET ROLE postgres`,
  'ALTER TABLE audit_logs DETACH PARTITION audit_logs_2026_07',
  'INSERT INTO audit_logs_2026_07 SELECT * FROM audit_logs',
  "INSERT INTO audit_erasures VALUES (1, sha256(''))",
  'CREATE OR REPLACE FUNCTION keyward_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
  'ALTER FUNCTION keyward_erase_person OWNER TO CURRENT_USER',
  'DROP FUNCTION keyward_audit_is_append_only() CASCADE',
  'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
  'CREATE TABLE mine (n int)',
  'CREATE SCHEMA mine',
  'UPDATE keyward_migrations_guard SET created_at = 0',
])('A4: as the application %s is refused', async (statement) => {
  await expect(role.database.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
});

test('A4: the application cannot pretend to be the function that erases', async () => {
  const client = await role.database.pool.connect();
  try {
    await client.query("SET keyward.erasing = 'on'");
    await expect(client.query('UPDATE audit_logs SET ip = NULL')).rejects.toMatchObject({ code: '42501' });
  } finally {
    client.release(true);
  }
});

test('A4: a temporary table or function of the application leads no owner’s function astray', async () => {
  const client = await role.database.pool.connect();
  try {
    await client.query('CREATE TEMP TABLE audit_logs (LIKE public.audit_logs)');
    await client.query("SELECT public.keyward_ensure_audit_partition('2041-03-01')");
    const { rows } = await client.query(
      "SELECT to_regclass('public.audit_logs_2041_03') IS NOT NULL AS made",
    );
    expect(rows).toEqual([{ made: true }]);
  } finally {
    client.release(true);
  }
});

test('A4: the application writes the log, makes its partitions, and cannot write these directly', async () => {
  await insertEntry(role.database.orm, sampleEntry({ createdAt: Date.UTC(2042, 0, 2) }));
  const { rows } = await owner.pool.query(
    `SELECT has_table_privilege($1, 'audit_logs_2042_01', 'INSERT, UPDATE, DELETE, TRUNCATE') AS may`,
    [role.name],
  );
  expect(rows).toEqual([{ may: false }]);
});

test('D4: what the application may do is put right again, and nothing is touched that is right', async () => {
  const client = await owner.pool.connect();
  try {
    expect(await grantRights(client, role.name)).toBe(0);
    await client.query(`GRANT UPDATE ON audit_logs TO ${role.name}`);
    expect(await roleFaults(role.database)).toEqual(['may change the audit log']);
    expect(await grantRights(client, role.name)).toBeGreaterThan(0);
    expect(await roleFaults(role.database)).toEqual([]);
  } finally {
    client.release();
  }
});

test('D4: a superuser and an owner are named as such', async () => {
  expect(await roleFaults(owner)).toEqual(['is a superuser']);
});

test('D4: a role without rights finds a migrated database in order, and is told what an older one lacks', async () => {
  await runMigrations(role.url, [guardMigrations], { also: () => migrateJobs(role.url) });
  await owner.pool.query('CREATE TABLE kept AS SELECT * FROM keyward_migrations_guard');
  await owner.pool.query(
    'DELETE FROM keyward_migrations_guard WHERE created_at = (SELECT max(created_at) FROM keyward_migrations_guard)',
  );
  const behind = runMigrations(role.url, [guardMigrations]);
  await expect(behind).rejects.toThrow(MigrationRightsError);
  await expect(behind).rejects.toThrow('lack migrations (1 of guard). Run `keyward migrate`');
  await owner.pool.query('TRUNCATE keyward_migrations_guard');
  await owner.pool.query('INSERT INTO keyward_migrations_guard SELECT * FROM kept');
});

test('D4: a role without rights is told when the job queue has no tables', async () => {
  await using empty = await createTestDatabase();
  await using lesser = await createApplicationRole(empty, guardMigrations);
  const start = runMigrations(lesser.url, [guardMigrations], { also: () => migrateJobs(lesser.url) });
  await expect(start).rejects.toThrow('the job queue are missing');
});

test('O4: jobs run as the application', async () => {
  const ran = Promise.withResolvers<unknown>();
  const jobs = await startJobs({
    database: role.database,
    jobs: [{ name: 'mine', run: async (input) => ran.resolve(input) }],
    clock: fakeClock(Date.now()),
    log: { info() {}, warn() {}, error() {} },
    migrates: false,
  });
  await jobs.enqueue('mine', 7);
  expect(await ran.promise).toBe(7);
  await jobs.stop();
});

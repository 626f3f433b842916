import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { openTransaction } from './open-transaction.ts';
import { migrationsTable, pendingMigrations } from './pending-migrations.ts';
import { grantRights } from './roles/grant-rights.ts';
import { isLackOfRights, MigrationRightsError } from './roles/migration-rights-error.ts';

export interface MigrationSet {
  /** Names the table that remembers what has been applied: `keyward_migrations_<name>`. */
  readonly name: string;
  readonly folder: URL;
}

export interface MigrateOptions {
  /** With the role that serves, which gets its rights at the end. Default: the role that migrates. */
  readonly applicationUrl?: string;
  /** More to bring up to date under the same lock, before rights are given. */
  readonly also?: () => Promise<void>;
}

export const guardMigrations: MigrationSet = {
  name: 'guard',
  folder: new URL('../../migrations', import.meta.url),
};

const migrationLock = 0x6b657977; // "keyw"

/**
 * Applies what is missing of each set, in order, once over all nodes: a lock keeps the others waiting. It belongs to a
 * transaction on a connection of its own; one of a session would stay behind in a pooler (K10). Where nothing is missing
 * no right to make tables is needed; where something is and the right too, throws `MigrationRightsError`.
 */
export async function runMigrations(
  url: string,
  sets: readonly MigrationSet[],
  { applicationUrl = url, also }: MigrateOptions = {},
): Promise<void> {
  const holder = newClient(url);
  const client = newClient(url);
  try {
    await client.connect();
    const isOwnRole = applicationUrl === url;
    if (isOwnRole && also === undefined && (await pendingMigrations(client, sets)).size === 0) return;
    await holder.connect();
    await holder.query(openTransaction);
    await holder.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await explained(client, sets, async () => {
      if ((await pendingMigrations(client, sets)).size > 0) await apply(client, sets);
      await also?.();
    });
    if (!isOwnRole) await grantTo(client, await roleOf(applicationUrl));
    await holder.query('COMMIT');
  } finally {
    await Promise.all([holder.end(), client.end()]);
  }
}

async function apply(client: pg.Client, sets: readonly MigrationSet[]): Promise<void> {
  const orm = drizzle({ client });
  for (const set of sets) {
    await migrate(orm, {
      migrationsFolder: fileURLToPath(set.folder),
      migrationsSchema: 'public',
      migrationsTable: migrationsTable(set),
    });
  }
}

/** Says what is missing and what to do when it fails for want of rights. */
async function explained(
  client: pg.Client,
  sets: readonly MigrationSet[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isLackOfRights(error)) throw error;
    const pending = [...(await pendingMigrations(client, sets))].map(([name, many]) => `${many} of ${name}`);
    const behind =
      pending.length > 0
        ? `the tables lack migrations (${pending.join(', ')})`
        : 'the tables of the job queue are missing or old';
    throw new MigrationRightsError(await currentRole(client), behind, { cause: error });
  }
}

async function grantTo(client: pg.Client, role: string): Promise<void> {
  if (role !== (await currentRole(client))) await grantRights(client, role);
}

async function roleOf(url: string): Promise<string> {
  const client = newClient(url);
  try {
    await client.connect();
    return await currentRole(client);
  } finally {
    await client.end();
  }
}

async function currentRole(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  return rows[0]?.role ?? '';
}

function newClient(url: string): pg.Client {
  const client = new pg.Client({ connectionString: url, application_name: 'keyward migrate' });
  // Of a connection that breaks, the query that it fails tells.
  client.on('error', () => {});
  return client;
}

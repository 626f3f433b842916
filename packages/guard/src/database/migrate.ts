import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { openTransaction } from './open-transaction.ts';

export interface MigrationSet {
  /** Names the table that remembers what has been applied: `keyward_migrations_<name>`. */
  readonly name: string;
  readonly folder: URL;
}

export const guardMigrations: MigrationSet = {
  name: 'guard',
  folder: new URL('../../migrations', import.meta.url),
};

const migrationLock = 0x6b657977; // "keyw"

/**
 * Applies what is missing of each set, in order, once over all nodes: a lock keeps the others waiting. It belongs to a
 * transaction on a connection of its own; one of a session would stay behind in a pooler (K10).
 */
export async function runMigrations(url: string, sets: readonly MigrationSet[]): Promise<void> {
  const holder = newClient(url);
  const client = newClient(url);
  try {
    await holder.connect();
    await holder.query(openTransaction);
    await holder.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await client.connect();
    const orm = drizzle({ client });
    for (const set of sets) {
      await migrate(orm, {
        migrationsFolder: fileURLToPath(set.folder),
        migrationsSchema: 'public',
        migrationsTable: `keyward_migrations_${set.name}`,
      });
    }
    await holder.query('COMMIT');
  } finally {
    await Promise.all([holder.end(), client.end()]);
  }
}

function newClient(url: string): pg.Client {
  const client = new pg.Client({ connectionString: url, application_name: 'keyward migrate' });
  // Of a connection that breaks, the query that it fails tells.
  client.on('error', () => {});
  return client;
}

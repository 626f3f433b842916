import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

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

/** Applies what is missing of each set, in order, once over all nodes: a session lock keeps the others waiting. */
export async function runMigrations(url: string, sets: readonly MigrationSet[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'keyward migrate' });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const orm = drizzle({ client });
    for (const set of sets) {
      await migrate(orm, {
        migrationsFolder: fileURLToPath(set.folder),
        migrationsSchema: 'public',
        migrationsTable: `keyward_migrations_${set.name}`,
      });
    }
  } finally {
    await client.end();
  }
}

import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { ClientBase } from 'pg';
import type { MigrationSet } from './migrate.ts';

/** Where a set remembers what has been applied. Names of sets are our own. */
export function migrationsTable({ name }: MigrationSet): string {
  return `keyward_migrations_${name}`;
}

/** How many migrations of each set the database lacks; sets that lack none are left out. Writes nothing. */
export async function pendingMigrations(
  client: ClientBase,
  sets: readonly MigrationSet[],
): Promise<ReadonlyMap<string, number>> {
  const pending = new Map<string, number>();
  for (const set of sets) {
    const files = readMigrationFiles({ migrationsFolder: fileURLToPath(set.folder) });
    const newest = await newestApplied(client, `public.${migrationsTable(set)}`);
    const many = files.filter(({ folderMillis }) => folderMillis > newest).length;
    if (many > 0) pending.set(set.name, many);
  }
  return pending;
}

/** The time in the name of the newest one that was applied; -1 when there is none. */
async function newestApplied(client: ClientBase, table: string): Promise<number> {
  const found = await client.query<{ is: boolean }>('SELECT to_regclass($1) IS NOT NULL AS is', [table]);
  if (found.rows[0]?.is !== true) return -1;
  const { rows } = await client.query<{ newest: string | null }>(
    `SELECT max(created_at) AS newest FROM ${table}`,
  );
  return Number(rows[0]?.newest ?? -1);
}

import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { guardMigrations, type MigrationSet, runMigrations } from '../database/migrate.ts';
import { copyTemplate, onServer, withDatabase } from './template-database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL of the test run, with rights to create databases. */
    postgresUrl: string;
    /** A Redis of the test run, or an empty string where none could be had. */
    redisUrl: string;
    /** What the names of the run's template databases begin with. */
    templatePrefix: string;
  }
}

export interface TestDatabase extends Database, AsyncDisposable {}

/** Hundreds of queries that wait for ten connections are what tests do, and next to other work they take long. */
const patienceMs = 200_000;

/** A new, migrated database of its own for one test file; dropped when disposed. */
export async function createTestDatabase(...services: MigrationSet[]): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const sets = [guardMigrations, ...services];
  await copyTemplate({
    ...{ server, name, prefix: inject('templatePrefix') },
    of: sets.map(({ folder }) => folder.href),
    fill: (url) => runMigrations(url, sets),
  });
  const database = openDatabase({ url: withDatabase(server, name), queryTimeoutMs: patienceMs });
  database.pool.options.connectionTimeoutMillis = patienceMs;
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await onServer(server, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      });
    },
  };
}

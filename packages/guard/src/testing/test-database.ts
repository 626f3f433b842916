import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../database/database.ts';
import { guardMigrations, type MigrationSet, runMigrations } from '../database/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL of the test run, with rights to create databases. */
    postgresUrl: string;
    /** A Redis of the test run, or an empty string where none could be had. */
    redisUrl: string;
  }
}

export interface TestDatabase extends Database, AsyncDisposable {}

/** A new, migrated database of its own for one test file; dropped when disposed. */
export async function createTestDatabase(...services: MigrationSet[]): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = withDatabase(server, name);
  await runMigrations(url, [guardMigrations, ...services]);
  const database = openDatabase({ url });
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

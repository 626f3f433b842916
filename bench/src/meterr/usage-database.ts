import { randomBytes } from 'node:crypto';
import { guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';
import pg from 'pg';

/** A new database with meterr's tables on the server at `serverUrl`; dropped when disposed. */
export async function usageDatabase(serverUrl: string) {
  const name = `bench_meterr_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  const folder = new URL('../../../services/meterr/migrations', import.meta.url);
  await runMigrations(url, [guardMigrations, { name: 'meterr', folder }]);
  const database = openDatabase({ url, queryTimeoutMs: 600_000 });
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
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

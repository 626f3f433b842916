import { guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';
import { startPostgres } from '@keyward/test/services';

const meterrMigrations = {
  name: 'meterr',
  folder: new URL('../../../services/meterr/migrations', import.meta.url),
};

/** A PostgreSQL of its own with meterr's tables; stopped when disposed. */
export async function usageDatabase() {
  const postgres = await startPostgres();
  await runMigrations(postgres.url, [guardMigrations, meterrMigrations]);
  const database = openDatabase({ url: postgres.url, queryTimeoutMs: 600_000 });
  return {
    ...database,
    version: postgres.version,
    async [Symbol.asyncDispose]() {
      await database.close();
      await postgres.stop();
    },
  };
}

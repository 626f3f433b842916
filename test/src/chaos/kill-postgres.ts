import { query } from '../product/own-database.ts';
import type { TestPostgres } from '../services/index.ts';

/** Ends a PostgreSQL whole: its postmaster, then every process that it has started, none of which may tidy up. */
export async function killPostgres(server: TestPostgres): Promise<void> {
  const children = await query<{ pid: number }>(server.url, 'SELECT pid FROM pg_stat_activity');
  await server.kill9();
  for (const { pid } of children) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It noticed that its postmaster was gone and ended.
    }
  }
}

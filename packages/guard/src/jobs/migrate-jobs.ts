import { PgBoss } from 'pg-boss';
import { openJobDatabase } from './job-database.ts';
import { jobSchema } from './start-jobs.ts';

/** Makes the tables of the job queue or brings them up to date. `url`: a role that may. */
export async function migrateJobs(url: string): Promise<void> {
  let failure: unknown;
  const database = openJobDatabase(url, (error) => {
    failure ??= error;
  });
  const boss = new PgBoss({ db: database, schema: jobSchema, schedule: false, supervise: false });
  boss.on('error', (error) => {
    failure ??= error;
  });
  try {
    await boss.start();
    await boss.stop({ graceful: false });
    if (failure !== undefined) throw failure;
  } finally {
    await database.close();
  }
}

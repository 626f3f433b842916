import { pino } from 'pino';
import { systemClock } from '../clock.ts';
import { openDatabase } from '../database/database.ts';
import { startJobs } from './start-jobs.ts';

/** A node that queues a run, takes it, says so, and never ends it: tests kill it. Its database is in its first argument. */
const database = openDatabase({ url: process.argv[2] ?? '' });
const jobs = await startJobs({
  database,
  clock: systemClock,
  log: pino({ level: 'silent' }),
  pollMs: 500,
  jobs: [
    {
      name: 'handed-over',
      async run() {
        process.stdout.write('began');
        await new Promise(() => {});
      },
    },
  ],
});
await jobs.enqueue('handed-over', 'kept');

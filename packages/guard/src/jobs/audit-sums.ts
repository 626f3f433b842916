import { forgetKeylessMinutes } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Job } from './job.ts';

/** Forgets how many requests without a key there were in minutes that are long over (A1): nobody asks any more. */
export function auditSums(database: Database): Job<'audit-sums'> {
  return {
    name: 'audit-sums',
    schedule: '23 * * * *',
    async run(_input, { clock }) {
      await forgetKeylessMinutes(database.pool, clock.now());
    },
  };
}

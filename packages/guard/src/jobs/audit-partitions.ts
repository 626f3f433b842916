import type { Database } from '../database/database.ts';
import type { Job } from './job.ts';

const monthsAhead = 2;

/** Makes the audit partitions of this month and the next two, so that no row ever lacks one (A1). */
export function auditPartitions(database: Database): Job<'audit-partitions'> {
  return {
    name: 'audit-partitions',
    schedule: '0 2 * * *',
    async run(_input, { clock }) {
      const now = new Date(clock.now());
      for (let ahead = 0; ahead <= monthsAhead; ahead++) {
        const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead));
        await database.pool.query('SELECT keyward_ensure_audit_partition($1)', [month]);
      }
    },
  };
}

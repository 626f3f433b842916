import { type ArchiveDeps, archiveMonths } from '../audit/index.ts';
import type { Job } from './job.ts';

/** Brings months of the audit log that are old enough into archives (A5). */
export function archiveAudit(deps: ArchiveDeps): Job<'archive-audit'> {
  return {
    name: 'archive-audit',
    schedule: '0 4 * * *',
    async run(_input, { signal, clock, log }) {
      const { archived, blocked } = await archiveMonths({ ...deps, clock, signal });
      for (const { month, files, rows } of archived)
        log.info({ month, files, rows }, 'a month of the audit log is archived');
      for (const { month, why } of blocked)
        log.warn({ month, why }, 'a month of the audit log waits to be archived');
    },
  };
}

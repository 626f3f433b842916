import { allArchives } from '../archives/archive-records.ts';
import { monthEnd, monthOfDate } from '../archives/month.ts';
import type { ArchiveReading } from '../archives/read-archive.ts';
import { eachArchivedRow } from '../archives/search-archives.ts';
import type { AuditRow } from '../audit-row.ts';

/** Months that have left the database (A5). Whole months are read, so their time has no bound; their memory has. */
export interface ArchivedRows {
  /** Rows that the database holds no longer are older than this; undefined: there are none. */
  endsAt(): Promise<Date | undefined>;
  /** Those that match, newest first. */
  each(search: {
    readonly since?: Date | undefined;
    readonly until?: Date | undefined;
    readonly matches: (row: AuditRow) => boolean;
    readonly signal?: AbortSignal | undefined;
  }): AsyncGenerator<AuditRow>;
}

/** The rows of the archives that the database knows of. Reading throws `ArchiveFault`. */
export function archivedRows(reading: ArchiveReading): ArchivedRows {
  return {
    async endsAt() {
      const archives = await allArchives(reading.database.orm);
      const last = archives.findLast(({ droppedAt }) => droppedAt !== null);
      return last && monthEnd(monthOfDate(last.month));
    },
    each: (search) => eachArchivedRow(reading, search),
  };
}

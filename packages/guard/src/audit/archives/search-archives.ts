import type { AuditRow } from '../audit-row.ts';
import { allArchives } from './archive-records.ts';
import { monthBegin, monthEnd, monthOfDate } from './month.ts';
import { type ArchiveReading, readArchive } from './read-archive.ts';

export interface ArchiveSearch {
  /** Only months that reach into this time are read. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** What is looked for. Default: every row. */
  readonly matches?: (row: AuditRow) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rows of archived months that are in the database no more, newest first. Reads whole months, so its time is not bounded;
 * its memory is. Personal fields that were erased are null. Throws `ArchiveFault`.
 */
export async function* eachArchivedRow(
  reading: ArchiveReading,
  search: ArchiveSearch = {},
): AsyncGenerator<AuditRow> {
  const { since, until, matches = () => true, signal } = search;
  const archives = await allArchives(reading.database.orm);
  const dropped = archives.filter(({ droppedAt }) => droppedAt !== null);
  const months = [...new Set(dropped.map(({ month }) => monthOfDate(month)))].reverse();
  for (const month of months) {
    if (until !== undefined && monthBegin(month) > until) continue;
    if (since !== undefined && monthEnd(month) <= since) return;
    for await (const { row } of readArchive(reading, month)) {
      if (signal?.aborted) return;
      const isWithin =
        (since === undefined || row.createdAt >= since) && (until === undefined || row.createdAt <= until);
      if (isWithin && matches(row)) yield row;
    }
  }
}

import { decodeLine } from '../journal/decode-line.ts';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { readJournal } from '../journal/read-journal.ts';
import { splitLines } from '../shipping/ensure-partitions.ts';

type JournalRow = ReturnType<typeof decodeLine>;

/** Everything a reader finds in the folder: the ids in order, and the findings. */
export function journalIds(folder: string): { ids: string[]; findings: JournalFinding[] } {
  const { rows, findings } = readAll(folder);
  return { ids: rows.map(({ id }) => id ?? ''), findings };
}

/** The entries in order. */
export function journalRows(folder: string): JournalRow[] {
  return readAll(folder).rows;
}

function readAll(folder: string): { rows: JournalRow[]; findings: JournalFinding[] } {
  const rows: JournalRow[] = [];
  const findings: JournalFinding[] = [];
  for (let from = { segment: 0, byteOffset: 0 }; ; ) {
    const batch = readJournal(folder, from, { entriesMax: 100, bytesMax: 4096 });
    rows.push(...splitLines(batch.pieces).map((line) => decodeLine(line.toString())));
    findings.push(...batch.findings);
    if (
      batch.entries === 0 &&
      batch.next.byteOffset === from.byteOffset &&
      batch.next.segment === from.segment
    ) {
      return { rows, findings };
    }
    from = batch.next;
  }
}

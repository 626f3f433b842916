import { decodeLine } from '../journal/decode-line.ts';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { readJournal } from '../journal/read-journal.ts';
import { splitLines } from '../shipping/ensure-partitions.ts';

/** Everything a reader finds in the folder: the ids in order, and the findings. */
export function journalIds(folder: string): { ids: string[]; findings: JournalFinding[] } {
  const ids: string[] = [];
  const findings: JournalFinding[] = [];
  for (let from = { segment: 0, byteOffset: 0 }; ; ) {
    const batch = readJournal(folder, from, { entriesMax: 100, bytesMax: 4096 });
    ids.push(...splitLines(batch.pieces).map((line) => decodeLine(line.toString()).id ?? ''));
    findings.push(...batch.findings);
    if (
      batch.entries === 0 &&
      batch.next.byteOffset === from.byteOffset &&
      batch.next.segment === from.segment
    ) {
      return { ids, findings };
    }
    from = batch.next;
  }
}

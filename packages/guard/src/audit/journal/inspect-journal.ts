import { stat } from 'node:fs/promises';
import { decodeLine } from './decode-line.ts';
import { NoJournalError } from './journal-errors.ts';
import type { JournalFinding } from './journal-finding.ts';
import { readNodeId } from './node-id.ts';
import { type JournalBatch, readJournal } from './read-journal.ts';
import { type JournalPosition, listSegments, segmentPath } from './segment-file.ts';

export interface JournalInspection {
  readonly nodeId: string;
  readonly segments: number;
  readonly byteLength: number;
  /** Entries that the files hold, shipped ones that have not been removed included. */
  readonly entries: number;
  /** The first and the last of them, by their place in the files; undefined when there is none. */
  readonly first: InspectedEntry | undefined;
  readonly last: InspectedEntry | undefined;
  /** Where reading ended. */
  readonly end: JournalPosition;
  /** Damage, and records that a crash cut off. Sound when there is no `corrupt` one. */
  readonly findings: readonly JournalFinding[];
}

export interface InspectedEntry {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

const limits = { entriesMax: 5_000, bytesMax: 4 * 1024 * 1024 };

/**
 * Reads a journal's folder from beginning to end and changes nothing; safe beside the process that writes. Memory does
 * not grow with the journal. Throws NoJournalError, and UnknownRecordVersionError for what a newer program wrote.
 */
export async function inspectJournal(folder: string): Promise<JournalInspection> {
  const nodeId = await readNodeId(folder);
  if (nodeId === undefined) throw new NoJournalError(folder, 'it has no node-id');
  const segments = listSegments(folder);
  const sizes = await Promise.all(
    segments.map((segment) => stat(segmentPath(folder, segment)).then(({ size }) => size)),
  );
  const findings: JournalFinding[] = [];
  let entries = 0;
  let first: InspectedEntry | undefined;
  let last: InspectedEntry | undefined;
  for (let from: JournalPosition = { segment: 0, byteOffset: 0 }; ; ) {
    const batch = readJournal(folder, from, limits);
    findings.push(...batch.findings);
    entries += batch.entries;
    first ??= entryAt(batch, 'first');
    last = entryAt(batch, 'last') ?? last;
    if (batch.next.segment === from.segment && batch.next.byteOffset === from.byteOffset) {
      const byteLength = sizes.reduce((sum, size) => sum + size, 0);
      return { nodeId, segments: segments.length, byteLength, entries, first, last, end: from, findings };
    }
    from = batch.next;
    // The folder may hold gigabytes, and the process may have other things to do.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function entryAt({ pieces }: JournalBatch, which: 'first' | 'last'): InspectedEntry | undefined {
  const piece = which === 'first' ? pieces[0] : pieces.at(-1);
  if (piece === undefined) return undefined;
  const from = which === 'first' ? 0 : piece.lastIndexOf('\n', -2) + 1;
  const { id, created_at } = decodeLine(piece.subarray(from, piece.indexOf('\n', from)).toString());
  return { id: id ?? '', createdAt: created_at ?? '' };
}

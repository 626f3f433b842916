import type { JournalFinding } from './journal-finding.ts';
import { endsBefore, type ReadLimits, readSegment, type SegmentRead } from './read-segment.ts';
import { type JournalPosition, listSegments, segmentPath } from './segment-file.ts';

export interface JournalBatch {
  /** Lines of encoded entries; a piece holds one or more whole lines. */
  readonly pieces: readonly Buffer[];
  readonly entries: number;
  /** Where the next batch begins. The same as where this one began when there is nothing new. */
  readonly next: JournalPosition;
  readonly findings: readonly JournalFinding[];
}

/** Reads what follows `from`, at most one batch, from one segment. Safe beside the process that writes. */
export function readJournal(folder: string, from: JournalPosition, limits: ReadLimits): JournalBatch {
  // The list comes first: a segment that has a later one beside it was finished before we read it.
  const segments = listSegments(folder);
  const findings: JournalFinding[] = [];
  let at = findStart(folder, segments, from, findings);
  while (at !== undefined) {
    const { segment } = at;
    const following = segments.find((number) => number > segment);
    const read = readSegment(segmentPath(folder, segment), at.byteOffset, following !== undefined, limits);
    if (read.damaged !== null) findings.push(findingOf(segment, read.damaged));
    const next = { segment, byteOffset: read.byteOffset };
    if (read.entries > 0) return { pieces: read.pieces, entries: read.entries, next, findings };
    if (read.isExhausted && following !== undefined) at = { segment: following, byteOffset: 0 };
    else if (read.damaged !== null) at = next;
    else return { pieces: [], entries: 0, next: at, findings };
  }
  return { pieces: [], entries: 0, next: from, findings };
}

function findingOf(segment: number, damaged: NonNullable<SegmentRead['damaged']>): JournalFinding {
  const { fromByte, toByte, isTail } = damaged;
  return { kind: isTail ? 'torn' : 'corrupt', segment, fromByte, toByte };
}

function findStart(
  folder: string,
  segments: readonly number[],
  from: JournalPosition,
  findings: JournalFinding[],
): JournalPosition | undefined {
  const oldest = segments[0];
  const newest = segments.at(-1);
  if (oldest === undefined || newest === undefined) return undefined;
  const again = { segment: oldest, byteOffset: 0 };
  if (from.segment === 0) return again;
  if (from.segment > newest) {
    findings.push({ kind: 'replaced', segment: from.segment });
    return again;
  }
  if (!segments.includes(from.segment)) {
    findings.push({ kind: 'missing', segment: from.segment });
    const following = segments.find((number) => number > from.segment);
    return following === undefined ? undefined : { segment: following, byteOffset: 0 };
  }
  // Power loss can shorten a finished segment; it cannot shorten the one that was made after it.
  if (from.segment === newest && endsBefore(segmentPath(folder, newest), from.byteOffset)) {
    findings.push({ kind: 'replaced', segment: newest });
    return again;
  }
  return from;
}

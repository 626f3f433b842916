import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { type JournalPosition, listSegments, segmentPath } from '../journal/segment-file.ts';

/** Removes the segments before the position that the database has committed. */
export function removeShipped(folder: string, position: JournalPosition): JournalFinding[] {
  return listSegments(folder)
    .filter((segment) => segment < position.segment)
    .flatMap((segment) => attempt(segment, 'ENOENT', () => unlinkSync(segmentPath(folder, segment))));
}

/** Copies damaged bytes to `<folder>/damaged` before their segment goes: they may be evidence. */
export function keepDamaged(folder: string, findings: readonly JournalFinding[]): JournalFinding[] {
  return findings.flatMap((finding) => {
    if (finding.kind !== 'corrupt') return [];
    const { segment, fromByte, toByte } = finding;
    return attempt(segment, 'EEXIST', () => {
      const damaged = join(folder, 'damaged');
      mkdirSync(damaged, { recursive: true, mode: 0o700 });
      const bytes = readBytes(segmentPath(folder, segment), fromByte, toByte);
      writeFileSync(join(damaged, `${segment}-${fromByte}-${toByte}.bin`), bytes, {
        flag: 'wx',
        mode: 0o600,
      });
    });
  });
}

function readBytes(path: string, fromByte: number, toByte: number): Buffer {
  const bytes = Buffer.alloc(toByte - fromByte);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, fromByte);
  } finally {
    closeSync(file);
  }
  return bytes;
}

// Neither may hold up the shipping, which is what frees the disk.
function attempt(segment: number, expected: 'ENOENT' | 'EEXIST', work: () => void): JournalFinding[] {
  try {
    work();
    return [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return [];
    return [{ kind: 'file_error', segment, reason: String(error) }];
  }
}

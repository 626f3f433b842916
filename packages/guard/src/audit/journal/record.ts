import { crc32 } from 'node:zlib';

/**
 * A record holds the entries of one event-loop turn (docs/journal-format.md):
 * marker (4) | CRC-32 of all that follows it (4) | bytes of lines (4) | version (1) | reserved (1) | entries (2) | lines.
 * It is valid as a whole or not at all, as the answers that wait for it are.
 */

export const recordHeaderBytes = 16;
export const recordEntriesMax = 4096;
export const recordLinesBytesMax = 16 * 1024 * 1024 - 1;
export const recordVersion = 1;
/** NUL never stands in a line, so no text of a client can look like the beginning of a record. */
export const recordMarker = Buffer.from([0x00, 0x4b, 0x57, 0x52]);
const markerNumber = recordMarker.readUInt32LE(0);

/** Frames lines of encoded entries. `entries` is their number. */
export function encodeRecord(lines: string, entries: number): Buffer {
  const linesBytes = Buffer.byteLength(lines);
  const record = Buffer.allocUnsafe(recordHeaderBytes + linesBytes);
  record.writeUInt32LE(markerNumber, 0);
  record.writeUInt32LE(linesBytes, 8);
  record[12] = recordVersion;
  record[13] = 0;
  record.writeUInt16LE(entries, 14);
  record.write(lines, recordHeaderBytes, 'utf8');
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

export type ParsedRecord =
  | { readonly kind: 'record'; readonly lines: Buffer; readonly entries: number; readonly end: number }
  /** The bytes end before the record does; it would end at `end`. */
  | { readonly kind: 'partial'; readonly end: number }
  | { readonly kind: 'bad' };

/** A sound record of a version that this program does not know: it must not be skipped. */
export class UnknownRecordVersionError extends Error {
  constructor(version: number) {
    super(`The journal holds a record of version ${version}; this program reads version ${recordVersion}`);
    this.name = 'UnknownRecordVersionError';
  }
}

/** Reads the record that begins at `at`; `lines` is a view into `bytes`. */
export function parseRecord(bytes: Buffer, at: number): ParsedRecord {
  if (at + recordHeaderBytes > bytes.length) return { kind: 'partial', end: at + recordHeaderBytes };
  if (bytes.readUInt32LE(at) !== markerNumber) return { kind: 'bad' };
  const linesBytes = bytes.readUInt32LE(at + 8);
  if (linesBytes > recordLinesBytesMax) return { kind: 'bad' };
  const end = at + recordHeaderBytes + linesBytes;
  if (end > bytes.length) return { kind: 'partial', end };
  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return { kind: 'bad' };
  const version = bytes[at + 12] ?? 0;
  if (version !== recordVersion) throw new UnknownRecordVersionError(version);
  const lines = bytes.subarray(at + recordHeaderBytes, end);
  return { kind: 'record', lines, entries: bytes.readUInt16LE(at + 14), end };
}

/** Where the next sound record after `at` begins, or -1. */
export function findRecord(bytes: Buffer, at: number): number {
  for (let next = bytes.indexOf(recordMarker, at); next >= 0; next = bytes.indexOf(recordMarker, next + 1)) {
    if (parseRecord(bytes, next).kind === 'record') return next;
  }
  return -1;
}

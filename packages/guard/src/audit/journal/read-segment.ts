import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { findRecord, parseRecord, recordHeaderBytes, recordLinesBytesMax } from './record.ts';
import { segmentHeaderBytes } from './segment-file.ts';

export interface ReadLimits {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

export interface SegmentRead {
  /** The lines of the records in order, a piece for each record. */
  readonly pieces: readonly Buffer[];
  readonly entries: number;
  /** Where reading goes on. */
  readonly byteOffset: number;
  /** Nothing more will come from this segment. */
  readonly isExhausted: boolean;
  /** Bytes that are no record: between records, or at the end of a segment that is finished. */
  readonly damaged: { readonly fromByte: number; readonly toByte: number; readonly isTail: boolean } | null;
}

/**
 * Reads records from `byteOffset` until a limit or something that is no record. `isFinished`: nobody writes to the
 * segment any more. If somebody does, a record that is not sound at the end may be one that is being written.
 */
export function readSegment(
  path: string,
  byteOffset: number,
  isFinished: boolean,
  limits: ReadLimits,
): SegmentRead {
  const file = openSync(path, 'r');
  try {
    const from = Math.max(byteOffset, segmentHeaderBytes);
    const size = fstatSync(file).size;
    // Room that was reserved is not read again and again while nothing is written to it.
    if (!isFinished && from < size && isBlank(readBytes(file, from, recordHeaderBytes)))
      return { pieces: [], entries: 0, byteOffset: from, isExhausted: false, damaged: null };
    const sound = readSound(file, from, size, limits);
    if (sound.entries > 0) return { ...sound, isExhausted: false, damaged: null };
    if (from >= size) return { ...sound, isExhausted: isFinished, damaged: null };
    return readDamaged(file, from, isFinished);
  } finally {
    closeSync(file);
  }
}

/** Whether the segment is shorter than `byteOffset`. */
export function endsBefore(path: string, byteOffset: number): boolean {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size < byteOffset;
  } finally {
    closeSync(file);
  }
}

type Sound = Pick<SegmentRead, 'pieces' | 'entries' | 'byteOffset'>;

function readSound(file: number, from: number, size: number, limits: ReadLimits): Sound {
  const bytes = readBytes(file, from, Math.min(Math.max(size - from, 0), limits.bytesMax));
  const sound = parseSound(bytes, from, limits);
  if (sound.entries > 0) return sound;
  const first = parseRecord(bytes, 0);
  if (first.kind !== 'partial' || from + first.end > size || first.end <= bytes.length) return sound;
  return parseSound(readBytes(file, from, first.end), from, limits);
}

function parseSound(bytes: Buffer, from: number, limits: ReadLimits): Sound {
  const pieces: Buffer[] = [];
  let entries = 0;
  let at = 0;
  while (at < bytes.length && entries < limits.entriesMax) {
    const record = parseRecord(bytes, at);
    if (record.kind !== 'record') break;
    if (entries > 0 && entries + record.entries > limits.entriesMax) break;
    pieces.push(record.lines);
    entries += record.entries;
    at = record.end;
  }
  return { pieces, entries, byteOffset: from + at };
}

// Read anew: what was seen before may have been a write half done.
function readDamaged(file: number, from: number, isFinished: boolean): SegmentRead {
  const size = fstatSync(file).size;
  const nothing = { pieces: [], entries: 0 };
  const waiting = { ...nothing, byteOffset: from, isExhausted: false, damaged: null };
  if (!isFinished && isBlank(readBytes(file, from, recordHeaderBytes))) return waiting;
  const rest = readBytes(file, from, size - from);
  const next = findRecord(rest, 0);
  if (next === 0) return waiting;
  if (next > 0) {
    const toByte = from + next;
    return {
      ...nothing,
      byteOffset: toByte,
      isExhausted: false,
      damaged: { fromByte: from, toByte, isTail: false },
    };
  }
  if (!isFinished) return waiting;
  const damaged = isBlank(rest) ? null : { fromByte: from, toByte: size, isTail: true };
  return { ...nothing, byteOffset: size, isExhausted: true, damaged };
}

const blank = Buffer.alloc(1024 * 1024);

function isBlank(bytes: Buffer): boolean {
  for (let from = 0; from < bytes.length; from += blank.length) {
    const chunk = bytes.subarray(from, from + blank.length);
    if (!chunk.equals(blank.subarray(0, chunk.length))) return false;
  }
  return true;
}

function readBytes(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(
    Math.min(length, recordHeaderBytes + recordLinesBytesMax + 64 * 1024 * 1024),
  );
  let read = 0;
  while (read < bytes.length) {
    const count = readSync(file, bytes, read, bytes.length - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

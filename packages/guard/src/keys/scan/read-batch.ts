import { ScanError } from './scan-error.ts';
import type { ObjectType } from './sighting.ts';

export interface ObjectSink {
  begin(object: string, type: ObjectType): void;
  data(bytes: Uint8Array): void;
  end(): void;
  /** git has the object's name and cannot read it. */
  missing(object: string): void;
}

const newline = 0x0a;
const unreadable = /^([0-9a-f]{40,64}) missing$/;
const header = /^([0-9a-f]{40,64}) (blob|commit|tag|tree) (\d{1,15})$/;

/**
 * Reads what `git cat-file --batch` prints, in whatever pieces it comes: `<object> <type> <size>`, the content, a newline.
 * Throws `ScanError` for anything else.
 */
export function batchReader(sink: ObjectSink): (piece: Buffer) => void {
  let head = '';
  let left = 0;
  let state: 'header' | 'content' | 'newline' = 'header';

  const readHeader = (piece: Buffer, at: number): number => {
    const end = piece.indexOf(newline, at);
    head += piece.toString('latin1', at, end < 0 ? piece.length : end);
    if (head.length > 200)
      throw new ScanError('git could not be read: it printed a line that names no object');
    if (end < 0) return piece.length;
    const missing = unreadable.exec(head)?.[1];
    if (missing !== undefined) {
      head = '';
      sink.missing(missing);
      return end + 1;
    }
    const [, object, type, size] = header.exec(head) ?? [];
    if (object === undefined)
      throw new ScanError('git could not be read: it printed a line that names no object');
    head = '';
    sink.begin(object, type as ObjectType);
    left = Number(size);
    state = 'content';
    return end + 1;
  };

  const readContent = (piece: Buffer, at: number): number => {
    const end = Math.min(piece.length, at + left);
    if (end > at) sink.data(piece.subarray(at, end));
    left -= end - at;
    if (left === 0) {
      sink.end();
      state = 'newline';
    }
    return end;
  };

  return (piece) => {
    let at = 0;
    while (at < piece.length) {
      if (state === 'header') at = readHeader(piece, at);
      // An object may be empty, and its end must not wait for the next piece.
      if (state === 'content') at = readContent(piece, at);
      if (state === 'newline' && at < piece.length) {
        at += 1;
        state = 'header';
      }
    }
  };
}

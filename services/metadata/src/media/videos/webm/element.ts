import { malformed, type RefusedFile } from '../../examine/job.ts';
import type { Patch } from '../patch.ts';
import type { VideoFile } from '../video-file.ts';

/** An EBML element (RFC 8794): positions in the file. */
export interface Element {
  readonly kind: 'element';
  readonly id: number;
  readonly start: number;
  readonly payload: number;
  /** Where it ends; for one of unknown length, where the surrounding one does. */
  readonly end: number;
  readonly isOpenEnded: boolean;
}

const headerBytesMax = 12;

/** Reads an element's header at `position`; it must end by `limit`. */
export async function readElement(
  file: VideoFile,
  position: number,
  limit: number,
): Promise<Element | RefusedFile> {
  const header = await file.read(position, Math.min(headerBytesMax, limit - position));
  const idBytes = vintBytes(header[0]);
  const sizeBytes = vintBytes(header[idBytes]);
  const payload = position + idBytes + sizeBytes;
  if (idBytes > 4 || sizeBytes > 8 || payload > limit)
    return malformed('The video has an impossible element.');
  const id = header.readUIntBE(0, idBytes);
  const size = readSize(header.subarray(idBytes, idBytes + sizeBytes));
  const end = size === undefined ? limit : payload + size;
  if (end > limit) return malformed('The video ends before its last element does.');
  return { kind: 'element', id, start: position, payload, end, isOpenEnded: size === undefined };
}

/** Bytes of a variable-size integer by its first byte; 9 when there is none. */
function vintBytes(first: number | undefined): number {
  return first === undefined || first === 0 ? 9 : Math.clz32(first) - 23;
}

/** Undefined: all bits are set, which says that the length is not known. */
function readSize(field: Buffer): number | undefined {
  const first = (field[0] ?? 0) & (0xff >> field.length);
  let value = BigInt(first);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  return value === (1n << BigInt(7 * field.length)) - 1n ? undefined : Number(value);
}

/** The element as a Void one of the same length. */
export function voided(element: Element): Patch {
  const { start, payload, end } = element;
  const sizeBytes = Math.min(8, payload - start - 1);
  const head = Buffer.alloc(1 + sizeBytes);
  let value = BigInt(end - start - 1 - sizeBytes) | (1n << BigInt(7 * sizeBytes));
  head[0] = 0xec;
  for (let at = sizeBytes; at > 0; at -= 1) {
    head[at] = Number(value & 0xffn);
    value >>= 8n;
  }
  return { start, end, head };
}

/** Whether a walk found something wrong. */
export function isRefused(value: object): value is RefusedFile {
  return 'reason' in value;
}

import { malformed, type RefusedFile } from '../../examine/job.ts';

/** A box (ISO/IEC 14496-12, section 4.2): positions in the file. */
export interface Box {
  readonly kind: 'box';
  readonly type: string;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
}

/** Longest box header that is read here: size, type, large size. */
export const boxHeaderBytes = 16;

/** Reads a box header. `position` is that of `header` in the file, `limit` where the surrounding box ends. */
export function readBox(header: Buffer, position: number, limit: number): Box | RefusedFile {
  if (header.length < 8) return malformed('There are bytes between the boxes of the video.');
  const short = header.readUInt32BE(0);
  const type = header.toString('latin1', 4, 8);
  if (short === 1 && header.length < 16) return malformed('The video ends within a box.');
  const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short === 0 ? limit - position : short;
  const payload = position + (short === 1 ? 16 : 8);
  const end = position + size;
  if (end < payload || !/^[\x20-\x7e\xa9]{4}$/.test(type))
    return malformed('The video has an impossible box.');
  if (end > limit) return malformed('The video ends before its last box does.');
  return { kind: 'box', type, start: position, payload, end };
}

/** The boxes that fill `content` exactly. */
export function boxesIn(content: Buffer, position: number): Box[] | RefusedFile {
  const boxes: Box[] = [];
  const limit = position + content.length;
  for (let at = position; at < limit; ) {
    const box = readBox(content.subarray(at - position, at - position + boxHeaderBytes), at, limit);
    if (box.kind !== 'box') return box;
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** Whether a walk found something wrong. */
export function isRefused(value: object): value is RefusedFile {
  return 'reason' in value;
}

import type { ByteRange } from '../storage/media-store.ts';

export type RangeWish =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const whole: RangeWish = { kind: 'whole' };
const unsatisfiable: RangeWish = { kind: 'unsatisfiable' };

/**
 * What a Range header asks of `bytes` bytes (RFC 9110, section 14). Anything but one well-formed byte range is
 * ignored, as a server may: several ranges at once are a known way to make it work for nothing.
 */
export function parseRange(header: string | undefined, bytes: number): RangeWish {
  const match = header === undefined ? null : /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header);
  if (!match) return whole;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? whole : suffix(Number(last), bytes);
  const start = Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) return whole;
  if (start >= bytes) return unsatisfiable;
  return { kind: 'part', range: { start, end: Math.min(end, bytes - 1) } };
}

function suffix(length: number, bytes: number): RangeWish {
  if (length === 0) return unsatisfiable;
  return { kind: 'part', range: { start: Math.max(0, bytes - length), end: bytes - 1 } };
}

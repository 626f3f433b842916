import type { Patch } from '../patch.ts';
import type { Box } from './box.ts';

/** The box as one of padding, of the same length. */
export function erased(box: Box): Patch {
  const head = Buffer.alloc(8);
  // A box that reached to the end of the file gets its length; others keep theirs in either form.
  const size = box.end - box.start;
  head.writeUInt32BE(size);
  head.write('free', 4, 'latin1');
  return { start: box.start, end: box.end, head };
}

/** Zeros in place of what lies in a box. */
export function emptied(box: Box): Patch {
  return { start: box.payload, end: box.end, head: Buffer.alloc(0) };
}

export function zeroed(start: number, end: number): Patch {
  return { start, end, head: Buffer.alloc(0) };
}

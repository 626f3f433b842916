import { splitOf, type TreeHash } from './merkle.ts';

/** The root over the leaves `from` to `to`, that one excluded. */
export type RootOf = (from: number, to: number) => Promise<TreeHash>;

/** The audit path of leaf `seq` in a tree of `size` leaves (RFC 9162, 2.1.3.1), the sibling of the leaf first. */
export function inclusionProof(rootOf: RootOf, seq: number, size: number): Promise<TreeHash[]> {
  if (seq < 0 || seq >= size) throw new RangeError(`leaf ${seq} is not in a tree of ${size}`);
  return path(rootOf, seq, 0, size);
}

async function path(rootOf: RootOf, seq: number, from: number, to: number): Promise<TreeHash[]> {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  return seq < middle
    ? [...(await path(rootOf, seq, from, middle)), await rootOf(middle, to)]
    : [...(await path(rootOf, seq, middle, to)), await rootOf(from, middle)];
}

/** What shows that the tree of `size` leaves continues the one of `oldSize` (RFC 9162, 2.1.4.1). */
export function consistencyProof(rootOf: RootOf, oldSize: number, size: number): Promise<TreeHash[]> {
  if (oldSize < 1 || oldSize > size) throw new RangeError(`no proof from ${oldSize} to ${size}`);
  return subproof(rootOf, oldSize, 0, size, true);
}

async function subproof(
  rootOf: RootOf,
  oldSize: number,
  from: number,
  to: number,
  isKnown: boolean,
): Promise<TreeHash[]> {
  if (oldSize === to) return isKnown ? [] : [await rootOf(from, to)];
  const middle = from + splitOf(to - from);
  return oldSize <= middle
    ? [...(await subproof(rootOf, oldSize, from, middle, isKnown)), await rootOf(middle, to)]
    : [...(await subproof(rootOf, oldSize, middle, to, false)), await rootOf(from, middle)];
}

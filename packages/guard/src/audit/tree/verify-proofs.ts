import { nodeHash, type TreeHash } from './merkle.ts';

/** Whether the path leads from the leaf to the root (RFC 9162, 2.1.3.2). */
export function inclusionHolds(
  proven: { readonly leaf: TreeHash; readonly seq: number; readonly size: number; readonly root: TreeHash },
  path: readonly TreeHash[],
): boolean {
  const { leaf, seq, size, root } = proven;
  if (seq >= size) return false;
  let [place, last, current] = [seq, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      current = nodeHash(sibling, current);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      current = nodeHash(current, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && current === root;
}

export interface TreeHead {
  readonly size: number;
  readonly root: TreeHash;
}

/** Whether the path shows that `later` continues `earlier`, which has a leaf at least (RFC 9162, 2.1.4.2). */
export function consistencyHolds(earlier: TreeHead, later: TreeHead, path: readonly TreeHash[]): boolean {
  if (earlier.size === later.size) return path.length === 0 && earlier.root === later.root;
  if (earlier.size < 1 || earlier.size > later.size) return false;
  const hashes = isPowerOfTwo(earlier.size) ? [earlier.root, ...path] : [...path];
  let [place, last] = [earlier.size - 1, later.size - 1];
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  const [first, ...others] = hashes;
  if (first === undefined) return false;
  let [earlierRoot, laterRoot] = [first, first];
  for (const sibling of others) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      earlierRoot = nodeHash(sibling, earlierRoot);
      laterRoot = nodeHash(sibling, laterRoot);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      laterRoot = nodeHash(laterRoot, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && earlierRoot === earlier.root && laterRoot === later.root;
}

const half = (value: number): number => Math.floor(value / 2);

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}

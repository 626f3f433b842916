/**
 * Which two tokens each token is merged from. Tokens are numbered by rank, the 256 bytes first: of two merges the one
 * with the lower number comes first, and a token's number is above those of its parts.
 */
export interface Merges {
  left: Int32Array;
  right: Int32Array;
  /** Open-addressed: the token merged from a pair, −1 where empty. */
  byPair: Int32Array;
}

export function createMerges(tokenCount: number): Merges {
  const bits = Math.ceil(Math.log2(tokenCount * 2));
  return {
    left: new Int32Array(tokenCount).fill(-1),
    right: new Int32Array(tokenCount).fill(-1),
    byPair: new Int32Array(1 << bits).fill(-1),
  };
}

export function addMerge(merges: Merges, token: number, left: number, right: number): void {
  merges.left[token] = left;
  merges.right[token] = right;
  merges.byPair[slotOf(merges, left, right)] = token;
}

/** The token these two merge into, or −1. */
export function mergeOf(merges: Merges, left: number, right: number): number {
  return merges.byPair[slotOf(merges, left, right)] as number;
}

function slotOf({ left, right, byPair }: Merges, l: number, r: number): number {
  const last = byPair.length - 1;
  const mixed = Math.imul(Math.imul(l, 0x9e3779b1) ^ r, 0x85ebca6b);
  let slot = (mixed ^ (mixed >>> 15)) & last;
  while (true) {
    const token = byPair[slot] as number;
    if (token === -1 || (left[token] === l && right[token] === r)) return slot;
    slot = (slot + 1) & last;
  }
}

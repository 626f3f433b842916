import {
  clearQueue,
  createMergeQueue,
  keyPosition,
  keyToken,
  type MergeQueue,
  popMerge,
  pushMerge,
} from './merge-queue.ts';
import { type Merges, mergeOf } from './merges.ts';

/** Room to merge pieces of up to `capacity` bytes in: the tokens of the piece as a linked list by first byte. */
export interface MergeSpace {
  capacity: number;
  tokens: Int32Array;
  next: Int32Array;
  previous: Int32Array;
  /** What the token here and the next one merge into, or −1. */
  merged: Int32Array;
  queue: MergeQueue;
}

export function createMergeSpace(capacity: number): MergeSpace {
  return {
    capacity,
    tokens: new Int32Array(capacity),
    next: new Int32Array(capacity),
    previous: new Int32Array(capacity),
    merged: new Int32Array(capacity),
    // Each merge takes one out and puts at most two in.
    queue: createMergeQueue(capacity * 2),
  };
}

/**
 * Merges `length` bytes, given as the tokens of the single bytes in `space.tokens`, always the pair of the lowest rank
 * first, and returns how many tokens remain. O(n log n) for every input: scanning for the lowest pair each time
 * is quadratic, 8 s for 100,000 equal letters.
 */
export function mergePiece(space: MergeSpace, merges: Merges, length: number): number {
  const { tokens, next, previous, merged, queue } = space;
  clearQueue(queue);
  for (let at = 0; at < length; at++) {
    next[at] = at + 1;
    previous[at] = at - 1;
  }
  for (let at = 0; at < length; at++) offerMerge(space, merges, length, at);

  let count = length;
  while (queue.size > 0) {
    const key = popMerge(queue);
    const token = keyToken(key);
    const at = keyPosition(key);
    // One of the two has since been merged with its other neighbour.
    if (merged[at] !== token) continue;

    const absorbed = next[at] as number;
    const after = next[absorbed] as number;
    tokens[at] = token;
    next[at] = after;
    merged[absorbed] = -1;
    if (after < length) previous[after] = at;
    count--;
    offerMerge(space, merges, length, at);
    if (at > 0) offerMerge(space, merges, length, previous[at] as number);
  }
  return count;
}

/** Notes what the token at `at` and the one after it merge into now. */
function offerMerge(space: MergeSpace, merges: Merges, length: number, at: number): void {
  const { tokens, next, merged, queue } = space;
  const after = next[at] as number;
  const token = after < length ? mergeOf(merges, tokens[at] as number, tokens[after] as number) : -1;
  merged[at] = token;
  if (token !== -1) pushMerge(queue, token, at);
}

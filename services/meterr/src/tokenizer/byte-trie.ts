/**
 * A prefix tree over byte strings. The 256 first nodes are the single bytes; edges live in one open-addressed table
 * as pairs of `node * 256 + byte` (−1 where empty) and the child, so that a step reads one cache line.
 */
export interface ByteTrie {
  edges: Int32Array;
  /** 32 less the number of bits of a slot. */
  shift: number;
  nodeCount: number;
}

const firstNodes = 256;

export function createByteTrie(nodesExpected: number): ByteTrie {
  const bits = Math.max(10, Math.ceil(Math.log2(nodesExpected * 2)));
  return { edges: new Int32Array(2 << bits).fill(-1), shift: 32 - bits, nodeCount: firstNodes };
}

/** The node of these bytes, made where it is missing. */
export function insertPath(trie: ByteTrie, bytes: Uint8Array, start: number, end: number): number {
  let node = bytes[start] as number;
  for (let at = start + 1; at < end; at++) {
    const key = node * 256 + (bytes[at] as number);
    const slot = slotOf(trie, key);
    const child = trie.edges[slot + 1] as number;
    node = child === -1 ? addEdge(trie, slot, key) : child;
  }
  return node;
}

/** The node of these bytes, or −1. */
export function findPath(trie: ByteTrie, bytes: Uint8Array, start: number, end: number): number {
  let node = bytes[start] as number;
  for (let at = start + 1; at < end && node !== -1; at++) {
    node = trie.edges[slotOf(trie, node * 256 + (bytes[at] as number)) + 1] as number;
  }
  return node;
}

function slotOf({ edges, shift }: ByteTrie, key: number): number {
  const last = edges.length - 1;
  let slot = (Math.imul(key, 0x9e3779b1) >>> shift) << 1;
  while (edges[slot] !== key && edges[slot] !== -1) slot = (slot + 2) & last;
  return slot;
}

function addEdge(trie: ByteTrie, slot: number, key: number): number {
  const child = trie.nodeCount++;
  trie.edges[slot] = key;
  trie.edges[slot + 1] = child;
  if (child * 3 > trie.edges.length) grow(trie);
  return child;
}

function grow(trie: ByteTrie): void {
  const old = trie.edges;
  trie.edges = new Int32Array(old.length * 2).fill(-1);
  trie.shift -= 1;
  for (let at = 0; at < old.length; at += 2) {
    const key = old[at] as number;
    if (key === -1) continue;
    const slot = slotOf(trie, key);
    trie.edges[slot] = key;
    trie.edges[slot + 1] = old[at + 1] as number;
  }
}

import { type ByteTrie, createByteTrie, findPath, insertPath } from './byte-trie.ts';
import { createMergeSpace, type MergeSpace, mergePiece } from './merge-piece.ts';
import { addMerge, createMerges, type Merges } from './merges.ts';
import type { RankedTokens } from './read-ranks.ts';

/** A byte-pair vocabulary made ready for counting; about 14 MB for o200k_base, 7 MB for cl100k_base. */
export interface Vocabulary {
  trie: ByteTrie;
  /** The token that ends at a node of the trie, or −1; the first 256 are those of the single bytes. */
  tokenAt: Int32Array;
  merges: Merges;
}

const byteTokens = 256;
const tokenBytesMax = 256;

/**
 * Throws when the tokens are not a byte-pair vocabulary: the single bytes first, and each token after them the merge
 * of two earlier ones. That is what makes merging by pairs of tokens the same as merging by ranks of byte strings.
 */
export function createVocabulary(tokens: RankedTokens): Vocabulary {
  const trie = createByteTrie(tokens.bytes.length / 3);
  const nodes = insertTokens(trie, tokens);
  const tokenAt = new Int32Array(trie.nodeCount).fill(-1);
  for (let token = 0; token < tokens.count; token++) tokenAt[nodes[token] as number] = token;
  return { trie, tokenAt, merges: deriveMerges(tokens, tokenAt) };
}

/** The token that is exactly these bytes, or −1. */
export function wholeToken({ trie, tokenAt }: Vocabulary, bytes: Uint8Array, start: number, end: number) {
  const node = findPath(trie, bytes, start, end);
  return node === -1 ? -1 : (tokenAt[node] as number);
}

/** Puts the tokens of the single bytes from `start` to `end` into `space`, for `mergePiece`. */
export function placeBytes(
  space: MergeSpace,
  tokenAt: Int32Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { tokens } = space;
  for (let at = start; at < end; at++) tokens[at - start] = tokenAt[bytes[at] as number] as number;
}

function insertTokens(trie: ByteTrie, { bytes, offsets, count }: RankedTokens): Int32Array {
  const nodes = new Int32Array(count);
  for (let token = 0; token < count; token++) {
    const start = offsets[token] as number;
    const end = offsets[token + 1] as number;
    const isByte = end - start === 1;
    if (isByte !== token < byteTokens || end <= start || end - start > tokenBytesMax) {
      throw new Error(`vocabulary token ${token} has ${end - start} bytes`);
    }
    nodes[token] = insertPath(trie, bytes, start, end);
  }
  return nodes;
}

/** The file says which tokens there are, not from what: merging each by the earlier ones leaves its two parts. */
function deriveMerges({ bytes, offsets, count }: RankedTokens, tokenAt: Int32Array): Merges {
  const merges = createMerges(count);
  const space = createMergeSpace(tokenBytesMax);
  for (let token = byteTokens; token < count; token++) {
    const start = offsets[token] as number;
    const end = offsets[token + 1] as number;
    placeBytes(space, tokenAt, bytes, start, end);
    if (mergePiece(space, merges, end - start) !== 2) {
      throw new Error(`vocabulary token ${token} is not the merge of two earlier ones`);
    }
    addMerge(merges, token, space.tokens[0] as number, space.tokens[space.next[0] as number] as number);
  }
  return merges;
}

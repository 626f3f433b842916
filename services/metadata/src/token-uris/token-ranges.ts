/** Tokens of one collection, from the first to the last, both included, in decimal. */
export interface TokenRange {
  readonly collection_id: string;
  readonly from_token_id: string;
  readonly to_token_id: string;
  /** The event of EIP-4906 that announces it: its arguments are the one id, or both. */
  readonly event: 'MetadataUpdate(uint256)' | 'BatchMetadataUpdate(uint256,uint256)';
}

/**
 * Neighbouring token ids as ranges, as EIP-4906 announces them. Ordered by collection and id; what has no place is
 * left out.
 */
export function tokenRanges(
  tokens: readonly { readonly collectionId: string | null; readonly tokenId: string | null }[],
): TokenRange[] {
  const byCollection = new Map<string, Set<bigint>>();
  for (const { collectionId, tokenId } of tokens) {
    if (collectionId === null || tokenId === null) continue;
    const ids = byCollection.get(collectionId) ?? new Set();
    byCollection.set(collectionId, ids.add(BigInt(tokenId)));
  }
  return [...byCollection.keys()].toSorted().flatMap((collectionId) => {
    const ids = [...(byCollection.get(collectionId) ?? [])].sort((a, b) => (a < b ? -1 : 1));
    return consecutive(ids).map(([from, to]) => tokenRange(collectionId, from, to));
  });
}

export function tokenRange(collectionId: string, from: bigint, to: bigint): TokenRange {
  return {
    collection_id: collectionId,
    from_token_id: from.toString(),
    to_token_id: to.toString(),
    event: from === to ? 'MetadataUpdate(uint256)' : 'BatchMetadataUpdate(uint256,uint256)',
  };
}

function consecutive(ids: readonly bigint[]): [bigint, bigint][] {
  const ranges: [bigint, bigint][] = [];
  for (const id of ids) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1n === id) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges;
}

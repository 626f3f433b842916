import type { PinRow } from '../pins-table.ts';

/** A pin as answers have it. Where an upload goes on is the provider's affair and not told. */
export function presentPin(row: PinRow) {
  return {
    id: row.id,
    provider: row.provider,
    kind: row.kind,
    object_id: row.objectId,
    collection_id: row.collectionId,
    profile: row.profile,
    names: row.naming,
    state: row.state,
    removing: row.wish === 'remove',
    reason: row.reason,
    detail: row.detail,
    tries: row.tries,
    next_try_at: row.nextTryAt?.toISOString() ?? null,
    cid: row.cid,
    provider_cid: row.providerCid,
    provider_id: row.providerId,
    bytes: row.bytes,
    retrieval:
      row.checkedAt === null
        ? null
        : {
            checked_at: row.checkedAt.toISOString(),
            result: row.checkResult,
            detail: row.checkDetail,
            blocks: row.checkBlocks,
            block: row.checkBlock,
          },
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    pinned_at: row.pinnedAt?.toISOString() ?? null,
  };
}

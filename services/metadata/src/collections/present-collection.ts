import { recoverableMs } from '../documents/deleted/recoverable.ts';
import type { CollectionRow } from '../documents/tables.ts';

/** A collection as answers have it. */
export function presentCollection(row: CollectionRow) {
  const { deletedAt, frozenAt } = row;
  return {
    id: row.id,
    name: row.name,
    published: row.publishedAt !== null,
    published_at: row.publishedAt?.toISOString() ?? null,
    frozen: frozenAt !== null,
    frozen_at: frozenAt?.toISOString() ?? null,
    /** With `{token_id}` for the token's id; 404 or the placeholder until the collection is published. */
    token_uri: `/t/${row.id}/{token_id}`,
    /** The same for ERC-1155, whose readers put 64 hex digits for `{id}`. */
    token_uri_erc1155: `/t/${row.id}/{id}.json`,
    /** The contract's metadata (ERC-7572); 404 until there is some and the collection is published. */
    contract_uri: `/t/${row.id}/contract.json`,
    placeholder_cid: row.placeholderCid,
    contract_id: row.contractId,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    deleted_at: deletedAt?.toISOString() ?? null,
    recoverable_until: deletedAt && new Date(deletedAt.getTime() + recoverableMs).toISOString(),
  };
}

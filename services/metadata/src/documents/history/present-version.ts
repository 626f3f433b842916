import type { VersionRow } from '../tables.ts';

/** A version as answers have it, without the document. */
export function presentVersion(row: Omit<VersionRow, 'document'>) {
  return {
    id: row.documentId,
    version: row.version,
    token_id: row.tokenId,
    cid: row.cid,
    standards: row.standards,
    change: row.change,
    changed_by: row.changedBy,
    changed_at: row.changedAt.toISOString(),
  };
}

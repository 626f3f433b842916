import type { Transaction } from '@keyward/guard/database';
import { inArray, sql } from 'drizzle-orm';
import { metadata, metadataVersions } from '../tables.ts';

/** Keeps what these documents are now as versions of the past. To be called before they change, under their locks (N3). */
export async function keepVersions(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.insert(metadataVersions).select(
    tx
      .select({
        documentId: sql<string>`${metadata.id}`.as('document_id'),
        version: metadata.version,
        collectionId: metadata.collectionId,
        tokenId: metadata.tokenId,
        cid: metadata.cid,
        standards: metadata.standards,
        document: metadata.document,
        documentBytes: metadata.documentBytes,
        change: metadata.change,
        changedBy: metadata.changedBy,
        changedAt: sql<Date>`${metadata.updatedAt}`.as('changed_at'),
      })
      .from(metadata)
      .where(inArray(metadata.id, [...ids])),
  );
}

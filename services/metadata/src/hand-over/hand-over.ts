import { type Counts, type DataHandedOver, isProblem, type Problem } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, count, eq, isNull } from 'drizzle-orm';
import { collections, metadata } from '../documents/tables.ts';
import { media } from '../media/media-table.ts';
import { moveDocuments } from './move-documents.ts';
import { type MediaMoving, moveMedia } from './move-media.ts';

/** What a person owns here (K10). */
async function owned(tx: Transaction, userId: string): Promise<Counts> {
  const [named] = await tx.select({ count: count() }).from(collections).where(eq(collections.userId, userId));
  const [documents] = await tx
    .select({ count: count() })
    .from(metadata)
    .where(and(eq(metadata.userId, userId), isNull(metadata.deletedAt)));
  const [files] = await tx.select({ count: count() }).from(media).where(eq(media.userId, userId));
  return {
    collections: named?.count ?? 0,
    documents: documents?.count ?? 0,
    media_files: files?.count ?? 0,
  };
}

/** How the service gives one person's collections, documents and media to another. */
export function handOverOf(moving: MediaMoving) {
  return {
    owned,
    async handOver(tx: Transaction, from: string, to: string): Promise<DataHandedOver | Problem> {
      const documents = await moveDocuments(tx, from, to);
      // Last, since it is what can be refused, and what a rollback does not undo by itself.
      const files = await moveMedia(moving, tx, from, to);
      return isProblem(files)
        ? files
        : { counts: { ...documents, media_files: files.count }, settle: files.settle };
    },
  };
}

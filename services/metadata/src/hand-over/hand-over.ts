import { type Clock, type Counts, type DataHandedOver, isProblem, type Problem } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, count, eq, isNull } from 'drizzle-orm';
import { collections, metadata } from '../documents/tables.ts';
import { media } from '../media/media-table.ts';
import { webhookEndpoints } from '../webhooks/webhook-tables.ts';
import { moveDocuments } from './move-documents.ts';
import { type MediaMoving, moveMedia } from './move-media.ts';
import { moveWebhooks, removeWebhooks } from './move-webhooks.ts';

/** What a person owns here (K10). */
async function owned(tx: Transaction, userId: string): Promise<Counts> {
  const [named] = await tx
    .select({ count: count() })
    .from(collections)
    .where(and(eq(collections.userId, userId), isNull(collections.deletedAt)));
  const [documents] = await tx
    .select({ count: count() })
    .from(metadata)
    .where(and(eq(metadata.userId, userId), isNull(metadata.deletedAt)));
  const [files] = await tx.select({ count: count() }).from(media).where(eq(media.userId, userId));
  const [endpoints] = await tx
    .select({ count: count() })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.userId, userId));
  return {
    collections: named?.count ?? 0,
    documents: documents?.count ?? 0,
    media_files: files?.count ?? 0,
    webhooks: endpoints?.count ?? 0,
  };
}

/** How the service gives one person's collections, documents, media and webhooks to another, or lets go of a person. */
export function handOverOf({ clock, ...moving }: MediaMoving & { readonly clock: Clock }) {
  return {
    owned,
    async handOver(tx: Transaction, from: string, to: string): Promise<DataHandedOver | Problem> {
      const documents = await moveDocuments(tx, from, to);
      const webhooks = await moveWebhooks(tx, from, to, new Date(clock.now()));
      // Last, since it is what can be refused, and what a rollback does not undo by itself.
      const files = await moveMedia(moving, tx, from, to);
      return isProblem(files)
        ? files
        : { counts: { ...documents, webhooks, media_files: files.count }, settle: files.settle };
    },
    forget: removeWebhooks,
  };
}

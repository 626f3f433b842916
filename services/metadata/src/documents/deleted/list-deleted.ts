import { json, type KeyCaller, page, type Reply } from '@keyward/guard';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { DocumentDeps } from '../document-deps.ts';
import { collections, metadata } from '../tables.ts';
import { recoverableBy, recoverableMs } from './recoverable.ts';

export interface DeletedQuery {
  readonly limit: number;
  readonly cursor?: { readonly id: string; readonly createdAt: Date } | undefined;
}

/** A page of the caller's deleted documents that can be recovered, last deleted first, without their content. */
export async function listDeleted(
  { database, clock }: DocumentDeps,
  caller: KeyCaller,
  { limit, cursor }: DeletedQuery,
): Promise<Reply> {
  const before =
    cursor &&
    sql`(${metadata.deletedAt}, ${metadata.id}) < (${cursor.createdAt.toISOString()}::timestamptz, ${cursor.id})`;
  const rows = await database.orm
    .select({
      id: metadata.id,
      collection: collections.name,
      token_id: metadata.tokenId,
      version: metadata.version,
      cid: metadata.cid,
      name: metadata.name,
      with_collection: metadata.deletedWithCollection,
      deletedAt: metadata.deletedAt,
    })
    .from(metadata)
    .leftJoin(collections, eq(collections.id, metadata.collectionId))
    .where(and(recoverableBy(caller, clock.now()), before))
    .orderBy(desc(metadata.deletedAt), desc(metadata.id))
    .limit(limit + 1);
  // The shared cursor knows one moment, whatever it is the moment of.
  const dated = rows.map((row) => ({ ...row, createdAt: row.deletedAt as Date }));
  return json(
    200,
    page(dated, limit, ({ createdAt, deletedAt: _, ...row }) => ({
      ...row,
      deleted_at: createdAt.toISOString(),
      recoverable_until: new Date(createdAt.getTime() + recoverableMs).toISOString(),
    })),
  );
}

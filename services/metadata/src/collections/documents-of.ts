import type { Transaction } from '@keyward/guard/database';
import { and, asc, count, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { type CollectionRow, metadata } from '../documents/tables.ts';

/** The documents of a collection that are not deleted. */
export function livingIn({ id }: Pick<CollectionRow, 'id'>): SQL | undefined {
  return and(eq(metadata.collectionId, id), isNull(metadata.deletedAt));
}

/**
 * The ids of the documents that meet a condition, a number at a time: however large a collection is, no statement on its
 * documents takes long.
 */
export async function idsInPieces(
  tx: Transaction,
  condition: SQL | undefined,
  pieceMax: number,
): Promise<string[][]> {
  const rows = await tx.select({ id: metadata.id }).from(metadata).where(condition).orderBy(asc(metadata.id));
  const pieces: string[][] = [];
  for (let at = 0; at < rows.length; at += pieceMax)
    pieces.push(rows.slice(at, at + pieceMax).map(({ id }) => id));
  return pieces;
}

/** Whether a document is one of these. */
export function isOneOf(ids: readonly string[]): SQL {
  return sql`${metadata.id} = ANY (${sql.param([...ids])}::text[])`;
}

export async function countDocuments(tx: Transaction, condition: SQL | undefined): Promise<number> {
  const [counted] = await tx.select({ count: count() }).from(metadata).where(condition);
  return counted?.count ?? 0;
}

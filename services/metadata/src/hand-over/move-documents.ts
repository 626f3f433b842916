import type { Counts } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, eq, exists, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { collections, metadata, metadataIdempotency } from '../documents/tables.ts';

const theirs = alias(collections, 'theirs');

/** Makes one person's collections and documents another's, deleted ones that can be recovered included. */
export async function moveDocuments(tx: Transaction, from: string, to: string): Promise<Counts> {
  // Whoever is adding to one of them ends first; whoever comes later no longer finds it.
  await tx.select({ id: collections.id }).from(collections).where(eq(collections.userId, from)).for('update');
  const renamed = await renameCommon(tx, from, to);
  const set = { userId: to };
  const named = await tx.update(collections).set(set).where(eq(collections.userId, from));
  const documents = await tx.update(metadata).set(set).where(eq(metadata.userId, from));
  await moveIdempotencyKeys(tx, from, to);
  return {
    collections: named.rowCount ?? 0,
    renamed_collections: renamed,
    documents: documents.rowCount ?? 0,
  };
}

/** Characters of a collection's name. */
const nameMax = 100;

/** Of two collections of one name the one that comes gets its id behind its name; token URIs go by the id and stay. */
async function renameCommon(tx: Transaction, from: string, to: string): Promise<number> {
  const isCommon = exists(
    tx
      .select({ one: sql`1` })
      .from(theirs)
      .where(
        and(
          eq(theirs.userId, to),
          eq(theirs.environment, collections.environment),
          eq(theirs.name, collections.name),
          isNull(theirs.deletedAt),
        ),
      ),
  );
  const common = await tx
    .select({ id: collections.id, name: collections.name })
    .from(collections)
    .where(and(eq(collections.userId, from), isNull(collections.deletedAt), isCommon))
    .for('update');
  for (const { id, name } of common) {
    await tx
      .update(collections)
      .set({ name: `${beginning(name, nameMax - id.length - 3)} (${id})` })
      .where(eq(collections.id, id));
  }
  return common.length;
}

/** At most so many UTF-16 units of a text, without half a character at the end. */
function beginning(text: string, unitsMax: number): string {
  return text
    .slice(0, unitsMax)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}

/** Repeated requests get their answer from the new owner too. A key that both have used stands for the new owner's request. */
async function moveIdempotencyKeys(tx: Transaction, from: string, to: string): Promise<void> {
  await tx.execute(sql`
    INSERT INTO metadata_idempotency (user_id, environment, key, content_hash, answer, created_at)
    SELECT ${to}::text, environment, key, content_hash, answer, created_at
    FROM metadata_idempotency WHERE user_id = ${from}
    ON CONFLICT (user_id, environment, key) DO NOTHING`);
  await tx.delete(metadataIdempotency).where(eq(metadataIdempotency.userId, from));
}

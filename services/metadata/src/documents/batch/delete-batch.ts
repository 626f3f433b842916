import { isProblem, type KeyCaller } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { inArray } from 'drizzle-orm';
import { presentHead } from '../present-document.ts';
import { metadata } from '../tables.ts';
import { lockDocuments } from './lock-documents.ts';
import type { Outcome } from './outcome.ts';
import type { BatchEntry } from './prepare-items.ts';
import type { Touched } from './run-batch.ts';

/** Deletes documents; each can be recovered for 30 days (N3). */
export async function deleteBatch(
  tx: Transaction,
  caller: KeyCaller,
  entries: readonly BatchEntry[],
  { now, touched }: { now: Date; touched: Touched },
): Promise<Outcome[]> {
  const locked = await lockDocuments(tx, caller, entries);
  const deleted = locked.flatMap((entry) => (isProblem(entry) ? [] : [entry.before]));
  const ids = deleted.map(({ id }) => id);
  if (ids.length > 0) await tx.update(metadata).set({ deletedAt: now }).where(inArray(metadata.id, ids));
  touched.push(...deleted);
  return locked.map((entry) => (isProblem(entry) ? entry : { head: presentHead(entry.before) }));
}

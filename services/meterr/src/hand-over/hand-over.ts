import type { Counts, DataHandedOver } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { count, eq } from 'drizzle-orm';
import { tokens, usageEvents } from '../database/schema.ts';
import { moveUsage } from './move-usage.ts';

/** What a person owns here (K10). */
export async function owned(tx: Transaction, userId: string): Promise<Counts> {
  const [counts] = await tx.select({ count: count() }).from(tokens).where(eq(tokens.userId, userId));
  const [events] = await tx
    .select({ count: count() })
    .from(usageEvents)
    .where(eq(usageEvents.userId, userId));
  return { token_counts: counts?.count ?? 0, usage_events: events?.count ?? 0 };
}

/** Makes one person's token counts and usage another's. */
export async function handOver(tx: Transaction, from: string, to: string): Promise<DataHandedOver> {
  const moved = await tx.update(tokens).set({ userId: to }).where(eq(tokens.userId, from));
  return { counts: { token_counts: moved.rowCount ?? 0, ...(await moveUsage(tx, from, to)) } };
}

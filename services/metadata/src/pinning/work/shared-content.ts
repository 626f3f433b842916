import type { Orm, Transaction } from '@keyward/guard/database';
import { and, eq, ne, or, type SQL } from 'drizzle-orm';
import { type PinRow, pins } from '../pins-table.ts';

/**
 * Whether another pin that is to be kept needs what this one has at the provider: owners with the same content share it
 * there, and none of them may take it away from the others.
 */
export async function isShared(
  orm: Orm | Transaction,
  pin: Pick<PinRow, 'id' | 'provider' | 'cid'>,
  providerId: string | null,
): Promise<boolean> {
  const sameContent: SQL | undefined =
    providerId === null
      ? eq(pins.cid, pin.cid)
      : or(eq(pins.cid, pin.cid), eq(pins.providerId, providerId));
  const rows = await orm
    .select({ id: pins.id })
    .from(pins)
    .where(
      and(eq(pins.provider, pin.provider), eq(pins.wish, 'keep'), ne(pins.id, pin.id), sameContent),
    )
    .limit(1);
  return rows.length > 0;
}

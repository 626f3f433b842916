import type { Orm, Transaction } from '@keyward/guard/database';
import { and, eq, ne, or, type SQL } from 'drizzle-orm';
import { type PinRow, pins } from '../pins-table.ts';

/** Whether another pin, also one that is being taken away, is known by this name at the provider. */
export async function isUsed(
  orm: Orm | Transaction,
  { id, provider }: Pick<PinRow, 'id' | 'provider'>,
  providerId: string,
): Promise<boolean> {
  const rows = await orm
    .select({ id: pins.id })
    .from(pins)
    .where(and(eq(pins.provider, provider), eq(pins.providerId, providerId), ne(pins.id, id)))
    .limit(1);
  return rows.length > 0;
}

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
    providerId === null ? eq(pins.cid, pin.cid) : or(eq(pins.cid, pin.cid), eq(pins.providerId, providerId));
  const rows = await orm
    .select({ id: pins.id })
    .from(pins)
    .where(and(eq(pins.provider, pin.provider), eq(pins.wish, 'keep'), ne(pins.id, pin.id), sameContent))
    .limit(1);
  return rows.length > 0;
}

import type { Database } from '@keyward/guard/database';
import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import { type PinRow, pins } from '../pins-table.ts';
import type { PinProviderName } from '../providers/pin-provider.ts';

/** `fresh` takes what has failed at most twice: what fails again and again holds up only others of its kind. */
export type Lane = 'fresh' | 'any';

/** The pin of this provider that is due longest, for this runner. Undefined: none is due. */
export async function claimPin(
  { orm }: Database,
  { provider, lane, now }: { provider: PinProviderName; lane: Lane; now: Date },
): Promise<PinRow | undefined> {
  const next = orm
    .select({ id: pins.id })
    .from(pins)
    .where(
      and(
        eq(pins.provider, provider),
        inArray(pins.state, ['queued', 'waiting']),
        lte(pins.nextTryAt, now),
        lane === 'fresh' ? lte(pins.tries, 2) : undefined,
      ),
    )
    .orderBy(pins.nextTryAt, pins.id)
    .limit(1)
    .for('update', { skipLocked: true });
  const [claimed] = await orm
    .update(pins)
    .set({ state: 'sending', claims: sql`${pins.claims} + 1`, updatedAt: now })
    .where(inArray(pins.id, next))
    .returning();
  return claimed;
}

/** Gives back what a runner that died had claimed; there is one runner at a time (O4). */
export async function unclaimPins({ orm }: Database, provider: PinProviderName, now: Date): Promise<void> {
  await orm
    .update(pins)
    .set({ state: 'queued', nextTryAt: now, updatedAt: now })
    .where(and(eq(pins.provider, provider), eq(pins.state, 'sending')));
}

/** The row as long as this claim holds. */
export function heldBy({ id, claims }: Pick<PinRow, 'id' | 'claims'>) {
  return and(eq(pins.id, id), eq(pins.claims, claims));
}

import { uuidv7 } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { PinningDeps } from './pinning-deps.ts';
import { type PinRow, pins, untried } from './pins-table.ts';
import { isUsed } from './work/shared-content.ts';

export type WantedPin = Pick<
  PinRow,
  'userId' | 'environment' | 'kind' | 'objectId' | 'collectionId' | 'profile' | 'naming' | 'cid'
>;

/** Nobody else changes which pins of this object are wanted until the transaction ends. */
export async function lockObject(tx: Transaction, objectId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`pins ${objectId}`}, 0))`);
}

/**
 * Sees to it that a content is pinned at every provider that is set up, and gives the pins in their order. What is there
 * already stays; what has not begun takes up the newest content. The object must be locked.
 */
export async function requestPins(tx: Transaction, deps: PinningDeps, wanted: WantedPin): Promise<PinRow[]> {
  const rows: PinRow[] = [];
  for (const { name } of deps.providers) rows.push(await requestPin(tx, deps, name, wanted));
  return rows;
}

async function requestPin(
  tx: Transaction,
  { clock }: PinningDeps,
  provider: PinRow['provider'],
  wanted: WantedPin,
): Promise<PinRow> {
  const now = new Date(clock.now());
  const [newest] = await tx
    .select()
    .from(pins)
    .where(
      and(
        eq(pins.provider, provider),
        eq(pins.kind, wanted.kind),
        eq(pins.objectId, wanted.objectId),
        wanted.collectionId === null ? isNull(pins.collectionId) : eq(pins.collectionId, wanted.collectionId),
        eq(pins.profile, wanted.profile),
        eq(pins.naming, wanted.naming),
        eq(pins.wish, 'keep'),
        // Documents keep a pin for each version that was asked for; collections and files have one content.
        wanted.kind === 'document' ? eq(pins.cid, wanted.cid) : undefined,
      ),
    )
    .orderBy(desc(pins.ordinal))
    .limit(1)
    .for('update');
  if (newest?.cid === wanted.cid) return newest;
  if (newest !== undefined && newest.claims === 0) {
    const [moved] = await tx
      .update(pins)
      .set({ cid: wanted.cid, updatedAt: now })
      .where(eq(pins.id, newest.id))
      .returning();
    if (moved !== undefined) return moved;
  }
  const replaces = newest && (await superseded(tx, newest, now));
  const [made] = await tx
    .insert(pins)
    .values({
      ...wanted,
      ...{ id: uuidv7(now.getTime()), provider, wish: 'keep', state: 'queued', tries: 0, claims: 0 },
      ...{ replaces, nextTryAt: now, createdAt: now, updatedAt: now },
    })
    .returning();
  return made as PinRow;
}

/**
 * What becomes of the pin before: one that is proven stays until the new one is; one that is not gives its place at the
 * provider to the new one, or is taken away.
 */
async function superseded(tx: Transaction, older: PinRow, now: Date): Promise<string | null> {
  if (older.state === 'pinned') return null;
  if (older.state === 'sending') {
    await tx.update(pins).set({ wish: 'remove' }).where(eq(pins.id, older.id));
    return null;
  }
  const { providerId } = older;
  const isAtWork = older.provider === 'pinning-service' && older.state === 'waiting' && providerId !== null;
  if (isAtWork && !(await isUsed(tx, older, providerId))) {
    await tx.delete(pins).where(eq(pins.id, older.id));
    return providerId;
  }
  const due = { state: 'queued', nextTryAt: now, updatedAt: now, ...untried } as const;
  await tx
    .update(pins)
    .set({ wish: 'remove', ...due })
    .where(eq(pins.id, older.id));
  return null;
}

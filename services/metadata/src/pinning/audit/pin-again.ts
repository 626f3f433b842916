import { recordChange } from '@keyward/guard';
import { and, eq } from 'drizzle-orm';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins, untried } from '../pins-table.ts';

/** A content that had to be sent anew so often in a row, and still lacks blocks, is left to people. */
const repairsMax = 3;

/** The provider does not have it any more: it is pinned as if it had never been (N6). */
export function pinAgain(deps: PinningDeps, pin: PinRow): Promise<void> {
  const checkDetail = 'The provider does not have it any more.';
  return queue(deps, pin, {
    ...{ checkResult: 'missing', checkDetail, checkBlock: null, checkBlocks: null },
    ...{ providerId: null, reason: 'lost_by_provider', detail: null },
  });
}

/**
 * The provider has the pin, but not all of its blocks: it is sent anew, in its place. A few times in vain, and the pin has
 * failed.
 */
export function sendAnew(deps: PinningDeps, pin: PinRow, found: Partial<PinRow>): Promise<void> {
  const hasFailed = pin.repairs >= repairsMax;
  return queue(deps, pin, {
    ...found,
    ...{ providerId: null, replaces: pin.providerId, repairs: pin.repairs + 1, checkFailures: 0 },
    ...{ reason: 'blocks_lost', detail: found.checkDetail ?? null },
    ...(hasFailed && { state: 'failed', nextTryAt: null }),
  });
}

/** The row as it was read, as long as nobody has changed what it stands for. */
export function stillPinned(pin: PinRow) {
  return and(eq(pins.id, pin.id), eq(pins.claims, pin.claims), eq(pins.state, 'pinned'));
}

async function queue({ database, clock }: PinningDeps, pin: PinRow, changed: Partial<PinRow>): Promise<void> {
  const now = new Date(clock.now());
  const again = { state: 'queued', nextTryAt: now, providerCid: null, uploadUrl: null, ...untried } as const;
  await database.orm.transaction(async (tx) => {
    const [row] = await tx
      .update(pins)
      .set({ ...again, checkedAt: now, nextCheckAt: null, updatedAt: now, ...changed })
      .where(stillPinned(pin))
      .returning();
    if (row === undefined) return;
    const change = { action: 'pins.lost', objectType: 'pin', objectIds: [pin.id] };
    const before = { state: 'pinned', provider: pin.provider, cid: pin.cid };
    const after = { state: row.state, reason: row.reason, block: row.checkBlock };
    await recordChange(tx, { via: 'job' }, { ...change, before, after }, clock);
  });
}

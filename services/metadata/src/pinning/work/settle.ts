import { recordChange } from '@keyward/guard';
import type { Transaction } from '@keyward/guard/database';
import { and, eq, gt, isNull, lt, ne } from 'drizzle-orm';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins, untried } from '../pins-table.ts';
import type { RemotePin } from '../providers/pin-provider.ts';
import { PinningError, type PinningFault, pinningFaults } from '../providers/pinning-error.ts';
import { isSameCid } from '../providers/same-cid.ts';
import { pauseMs, pendingMsMax, pollMs } from './back-off.ts';
import { heldBy } from './claim-pin.ts';

/** Writes down what a provider said of a pin. It is pinned only when the CID that came back is the one computed here. */
export async function settle(
  deps: PinningDeps,
  pin: PinRow,
  remote: RemotePin,
  bytes?: number,
): Promise<void> {
  const nowMs = deps.clock.now();
  const known = { providerId: remote.id || null, ...(bytes !== undefined && { bytes }) };
  if (remote.cid !== 'pending' && !isSameCid(remote.cid, pin.cid)) {
    const detail = `Computed here: ${pin.cid}; the provider has ${remote.cid}.`;
    const wrong = { ...known, providerCid: remote.cid.slice(0, 200), reason: 'cid_mismatch', detail };
    return write(deps, pin, { ...wrong, state: 'failed', nextTryAt: null });
  }
  if (remote.state === 'pinned') {
    const proven = { state: 'pinned', providerCid: remote.cid, pinnedAt: new Date(nowMs) } as const;
    const cleared = {
      reason: null,
      detail: null,
      nextTryAt: null,
      ...untried,
      uploadUrl: null,
      replaces: null,
      nextCheckAt: null,
    };
    return write(deps, pin, { ...known, ...proven, ...cleared });
  }
  const askedAt = pin.askedAt ?? new Date(nowMs);
  const ageMs = nowMs - askedAt.getTime();
  const waits = { reason: 'provider_pending', detail: remote.detail ?? null, replaces: null };
  if (remote.state === 'failed' || ageMs > pendingMsMax)
    return settleFailure(
      deps,
      { ...pin, providerId: known.providerId },
      new PinningError('provider_failed', remote.detail ?? 'The provider has not found the content.'),
    );
  const nextTryAt = new Date(nowMs + pollMs(ageMs));
  await write(deps, pin, { ...known, ...waits, askedAt, uploadUrl: null, state: 'waiting', nextTryAt });
}

/** Writes down that a try failed, and when the next one is; or that somebody has to look. */
export async function settleFailure(deps: PinningDeps, pin: PinRow, error: PinningError): Promise<void> {
  // That our credentials are refused is no fault of the pin: it keeps its tries, and its place before those that fail.
  const tries = error.fault === 'credentials_refused' ? pin.tries : pin.tries + 1;
  const failures = hasOtherReason(pin, error.fault) ? 1 : pin.failures + 1;
  const pause = pauseMs(error.fault, { tries: Math.max(1, tries), failures }, error.retryAfterMs);
  const nextTryAt = pause === undefined ? null : new Date(deps.clock.now() + pause);
  const hasGivenUp = error.fault === 'provider_failed' && pin.providerId !== null;
  await write(deps, pin, {
    ...{ tries, failures, nextTryAt, reason: error.fault, detail: error.message },
    state: nextTryAt === null ? 'failed' : 'waiting',
    ...(hasGivenUp && { replaces: pin.providerId, providerId: null, askedAt: null }),
  });
}

/** Whether the try before failed for another reason; that a provider was at work in between is none. */
function hasOtherReason({ reason }: PinRow, fault: PinningFault): boolean {
  return reason !== fault && pinningFaults.some((other) => other === reason);
}

async function write(deps: PinningDeps, pin: PinRow, changed: Partial<PinRow>): Promise<void> {
  const updatedAt = new Date(deps.clock.now());
  await deps.database.orm.transaction(async (tx) => {
    const [row] = await tx
      .update(pins)
      .set({ ...changed, updatedAt })
      .where(heldBy(pin))
      .returning();
    if (row === undefined || row.nextTryAt !== null || pin.wish === 'remove') return;
    if (row.wish === 'remove') {
      // Not wanted any more since this try began.
      const due = { state: 'queued', nextTryAt: updatedAt, ...untried } as const;
      await tx.update(pins).set(due).where(heldBy(pin));
      return;
    }
    if (row.state === 'pinned') await retireOthers(tx, row, updatedAt);
    const action = row.state === 'pinned' ? 'pins.pinned' : 'pins.failed';
    const change = { action, objectType: 'pin', objectIds: [row.id] };
    const before = { state: pin.state, cid: pin.cid };
    const { state, reason, cid, providerCid } = row;
    const after = { provider: row.provider, state, reason, cid, provider_cid: providerCid };
    await recordChange(tx, { via: 'job' }, { ...change, before, after }, deps.clock);
  });
}

/** Only now that the new one is proven may older ones of the same object go; a newer one that is proven outlives this. */
async function retireOthers(tx: Transaction, pin: PinRow, now: Date): Promise<void> {
  if (pin.kind === 'document') return;
  const same = and(
    eq(pins.provider, pin.provider),
    eq(pins.kind, pin.kind),
    eq(pins.objectId, pin.objectId),
    pin.collectionId === null ? isNull(pins.collectionId) : eq(pins.collectionId, pin.collectionId),
    eq(pins.profile, pin.profile),
    eq(pins.naming, pin.naming),
    eq(pins.wish, 'keep'),
    ne(pins.id, pin.id),
  );
  const due = { state: 'queued', nextTryAt: now, updatedAt: now, ...untried } as const;
  const retired = { wish: 'remove', ...due } as const;
  const older = and(same, lt(pins.ordinal, pin.ordinal));
  await tx
    .update(pins)
    .set({ wish: 'remove' })
    .where(and(older, eq(pins.state, 'sending')));
  await tx
    .update(pins)
    .set(retired)
    .where(and(older, ne(pins.state, 'sending')));
  const newer = await tx
    .select({ id: pins.id })
    .from(pins)
    .where(and(same, gt(pins.ordinal, pin.ordinal), eq(pins.state, 'pinned')));
  if (newer.length > 0) await tx.update(pins).set(retired).where(eq(pins.id, pin.id));
}

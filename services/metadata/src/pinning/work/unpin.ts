import { recordChange } from '@keyward/guard';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins } from '../pins-table.ts';
import type { PinProvider } from '../providers/pin-provider.ts';
import { heldBy } from './claim-pin.ts';
import { removeOurs } from './remove-ours.ts';
import { isShared } from './shared-content.ts';

/** Takes a content away from a provider, unless another pin needs it there, and then the row. Bears to be repeated. */
export async function unpin(
  { database, clock }: PinningDeps,
  provider: PinProvider,
  pin: PinRow,
  signal: AbortSignal,
): Promise<void> {
  const isNeeded = await isShared(database.orm, pin, pin.providerId);
  if (!isNeeded) {
    // Also what a try made whose answer was lost.
    const found = await provider.find(pin.cid, signal);
    for (const { id, isOurs } of found) if (isOurs) await provider.remove(id, signal);
    const others = [pin.providerId, pin.replaces].filter((id) => !found.some((one) => one.id === id));
    for (const id of others) if (id) await removeOurs(provider, id, signal);
  }
  await database.orm.transaction(async (tx) => {
    const { rowCount } = await tx.delete(pins).where(heldBy(pin));
    if (rowCount !== 1) return;
    const change = { action: 'pins.remove', objectType: 'pin', objectIds: [pin.id], after: null };
    const before = { provider: pin.provider, kind: pin.kind, object_id: pin.objectId, cid: pin.cid };
    await recordChange(tx, { via: 'job' }, { ...change, before: { ...before, shared: isNeeded } }, clock);
  });
}

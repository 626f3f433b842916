import type { CarSource } from '../content/car-source.ts';
import { contentOf } from '../content/content-of.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins } from '../pins-table.ts';
import { type PinProvider, pinNamePrefix, type RemotePin } from '../providers/pin-provider.ts';
import { PinningError } from '../providers/pinning-error.ts';
import { isSameCid } from '../providers/same-cid.ts';
import { heldBy } from './claim-pin.ts';
import { removeOurs } from './remove-ours.ts';
import { settle } from './settle.ts';
import { isShared, isUsed } from './shared-content.ts';

/**
 * One try to have a content pinned: asks for what a try before has made, and sends only when there is nothing, so that a
 * try that died at any moment is neither lost nor made twice.
 */
export async function pinContent(
  deps: PinningDeps,
  provider: PinProvider,
  claimed: PinRow,
  signal: AbortSignal,
): Promise<void> {
  const pin = isWrong(claimed) ? await withoutRemote(deps, provider, claimed, signal) : claimed;
  const made = await madeBefore(provider, pin, signal);
  if (made !== undefined) {
    await removeReplaced(deps, provider, pin, made.id, signal);
    return settle(deps, pin, made);
  }
  const content = await contentOf(deps, pin);
  if (content === undefined) return startOver(deps, pin, { wish: 'remove' });
  if (content.cid !== pin.cid) {
    // It has changed since: the new content is what is wanted, and is looked for first, as any other.
    const moved = await withoutRemote(deps, provider, pin, signal);
    return startOver(deps, moved, { cid: content.cid });
  }
  const sent = await send(deps, provider, { pin, content, signal });
  await settle(deps, pin, sent, provider.takesContent ? await content.bytes() : undefined);
}

/** What the provider has of it already; of several the one that is proven, the others are taken away. */
async function madeBefore(
  provider: PinProvider,
  pin: PinRow,
  signal: AbortSignal,
): Promise<RemotePin | undefined> {
  const known = pin.providerId ? await provider.status(pin.providerId, signal) : undefined;
  if (known?.state === 'failed')
    throw new PinningError(
      'provider_failed',
      `The provider gave up: ${known.detail ?? 'it does not say why'}.`,
    );
  if (known !== undefined) return known;
  const found = await provider.find(pin.cid, signal);
  // What has lost blocks is there as well, under the name of the pin that this one takes the place of.
  const whole = found.filter(({ id, state }) => state !== 'failed' && id !== pin.replaces);
  const [made, ...doubles] = whole.toSorted(provenFirst);
  for (const { id, isOurs } of doubles) if (isOurs) await provider.remove(id, signal);
  return made;
}

async function send(
  deps: PinningDeps,
  provider: PinProvider,
  { pin, content, signal }: { pin: PinRow; content: CarSource; signal: AbortSignal },
): Promise<RemotePin> {
  const { cid, replaces, uploadUrl } = pin;
  const request = {
    ...{ cid, name: `${pinNamePrefix}${pin.kind} ${pin.objectId}`, content },
    ...(replaces && { replaces }),
    ...(uploadUrl && { uploadUrl }),
    onUploadUrl: (url: string) => keep(deps, pin, { uploadUrl: url }),
  };
  try {
    // It would take the same content for what it has already, and keep it as broken as it is.
    if (provider.takesContent && replaces !== null) await removeOurs(provider, replaces, signal);
    return await provider.send(request, signal);
  } catch (error) {
    // What is gone at the provider begins anew.
    if (error instanceof PinningError && error.fault === 'upload_lost')
      await keep(deps, pin, { uploadUrl: null });
    throw error;
  }
}

/** The pin that this one should have taken the place of, when there was one already. */
async function removeReplaced(
  deps: PinningDeps,
  provider: PinProvider,
  { replaces, ...pin }: PinRow,
  madeId: string,
  signal: AbortSignal,
): Promise<void> {
  if (replaces === null || replaces === madeId) return;
  if (!(await isUsed(deps.database.orm, pin, replaces))) await removeOurs(provider, replaces, signal);
}

/** Whether the provider is known to have made something else of it: somebody has asked to try again. */
function isWrong({ providerCid, cid }: PinRow): boolean {
  return providerCid !== null && !isSameCid(providerCid, cid);
}

/** Takes away what was pinned for this row, unless others need it. */
async function withoutRemote(
  deps: PinningDeps,
  provider: PinProvider,
  pin: PinRow,
  signal: AbortSignal,
): Promise<PinRow> {
  const { providerId } = pin;
  if (providerId && !(await isShared(deps.database.orm, pin, providerId)))
    await removeOurs(provider, providerId, signal);
  const nothing = { providerId: null, providerCid: null, uploadUrl: null, askedAt: null };
  await keep(deps, pin, nothing);
  return { ...pin, ...nothing };
}

/** A pinned one before one that is under way, then by name, so that every try keeps the same one. */
function provenFirst(one: RemotePin, other: RemotePin): number {
  const rank = ({ state }: RemotePin) => (state === 'pinned' ? 0 : 1);
  return rank(one) - rank(other) || (one.id < other.id ? -1 : 1);
}

function startOver(deps: PinningDeps, pin: PinRow, changed: Partial<PinRow>): Promise<void> {
  const nextTryAt = new Date(deps.clock.now());
  return keep(deps, pin, { state: 'queued', nextTryAt, reason: null, detail: null, ...changed });
}

async function keep({ database }: PinningDeps, pin: PinRow, changed: Partial<PinRow>): Promise<void> {
  await database.orm.update(pins).set(changed).where(heldBy(pin));
}

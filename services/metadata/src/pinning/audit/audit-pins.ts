import { type Job, recordChange } from '@keyward/guard';
import { and, asc, eq, isNull, lte, or } from 'drizzle-orm';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins } from '../pins-table.ts';
import type { PinProvider } from '../providers/pin-provider.ts';
import { PinningError } from '../providers/pinning-error.ts';
import { isSameCid } from '../providers/same-cid.ts';
import { askGateway, type Gateway } from './ask-gateway.ts';

export interface AuditOptions {
  /** Unset: only the provider is asked. */
  readonly gateway: Gateway | undefined;
  /** How often each pin is looked at, milliseconds. */
  readonly everyMs: number;
}

const pinsPerRun = 20;

/** Asks of each pin from time to time whether it is still there and can be had (N6). What is missing is pinned again. */
export function auditPins(deps: PinningDeps, options: AuditOptions): Job<'metadata-pin-audit'> {
  return {
    name: 'metadata-pin-audit',
    schedule: '@every 5s',
    async run(_input, { signal }) {
      await Promise.all(deps.providers.map((provider) => auditAt(deps, provider, options, signal)));
    },
  };
}

async function auditAt(
  deps: PinningDeps,
  provider: PinProvider,
  options: AuditOptions,
  signal: AbortSignal,
): Promise<void> {
  const before = new Date(deps.clock.now() - options.everyMs);
  const due = await deps.database.orm
    .select()
    .from(pins)
    .where(
      and(
        eq(pins.provider, provider.name),
        eq(pins.state, 'pinned'),
        or(isNull(pins.checkedAt), lte(pins.checkedAt, before)),
      ),
    )
    .orderBy(asc(pins.checkedAt), asc(pins.id))
    .limit(pinsPerRun);
  for (const pin of due) {
    signal.throwIfAborted();
    try {
      await auditOne(deps, provider, options, pin, signal);
    } catch (error) {
      // It cannot be asked at the moment: nothing is known of any pin there.
      if (error instanceof PinningError) return;
      throw error;
    }
  }
}

async function auditOne(
  deps: PinningDeps,
  provider: PinProvider,
  { gateway }: AuditOptions,
  pin: PinRow,
  signal: AbortSignal,
): Promise<void> {
  const remote = await provider.status(pin.providerId ?? '', signal);
  const isThere = remote?.state === 'pinned' && isSameCid(remote.cid, pin.cid);
  if (!isThere) return pinAgain(deps, pin);
  const wrong = gateway && (await askGateway(gateway, pin.cid, signal));
  await deps.database.orm
    .update(pins)
    .set({
      checkedAt: new Date(deps.clock.now()),
      checkResult: wrong === undefined ? 'retrievable' : 'unretrievable',
      checkDetail: wrong ?? (gateway ? null : 'Only the provider was asked.'),
    })
    .where(isStill(pin));
}

async function pinAgain({ database, clock }: PinningDeps, pin: PinRow): Promise<void> {
  const now = new Date(clock.now());
  const found = {
    checkedAt: now,
    checkResult: 'missing',
    checkDetail: 'The provider does not have it any more.',
  } as const;
  const again = {
    state: 'queued',
    nextTryAt: now,
    providerId: null,
    providerCid: null,
    updatedAt: now,
  } as const;
  await database.orm.transaction(async (tx) => {
    const { rowCount } = await tx
      .update(pins)
      .set({ ...found, ...again, reason: 'lost_by_provider' })
      .where(isStill(pin));
    if (rowCount !== 1) return;
    const change = { action: 'pins.lost', objectType: 'pin', objectIds: [pin.id] };
    const before = { state: 'pinned', provider: pin.provider, cid: pin.cid };
    await recordChange(tx, { via: 'job' }, { ...change, before, after: { state: 'queued' } }, clock);
  });
}

function isStill(pin: PinRow) {
  return and(eq(pins.id, pin.id), eq(pins.claims, pin.claims), eq(pins.state, 'pinned'));
}

import type { Job } from '@keyward/guard';
import { and, eq, isNull, lte, or, sql } from 'drizzle-orm';
import type { PinningDeps } from '../pinning-deps.ts';
import { pins } from '../pins-table.ts';
import type { PinProvider } from '../providers/pin-provider.ts';
import { PinningError } from '../providers/pinning-error.ts';
import { blockProvider, restOf } from '../quota/block-provider.ts';
import { restMs } from '../work/back-off.ts';
import { type AuditRun, auditPin, putOff } from './audit-pin.ts';
import type { Gateway } from './fetch-block.ts';
import { gatewayRuns } from './gateway-run.ts';

export interface AuditOptions {
  /** Unset: only the provider is asked. */
  readonly gateway: Gateway | undefined;
  /** How often each pin is looked at, milliseconds. */
  readonly everyMs: number;
}

const pinsPerRun = 20;

/** Asks of each pin from time to time whether it is still there and can be had (N6). What is missing is pinned again. */
export function auditPins(deps: PinningDeps, options: AuditOptions): Job<'metadata-pin-audit'> {
  const { gateway, everyMs } = options;
  const newRun = gateway && gatewayRuns(deps.database, gateway);
  return {
    name: 'metadata-pin-audit',
    schedule: '@every 5s',
    async run(_input, { signal }) {
      const run = { gateway: newRun?.(), everyMs, signal };
      await Promise.all(deps.providers.map((provider) => auditAt(deps, provider, run)));
    },
  };
}

async function auditAt(deps: PinningDeps, provider: PinProvider, run: AuditRun): Promise<void> {
  const { name } = provider;
  if ((await restOf(deps.database, name)).isBlocked) return;
  const due = or(isNull(pins.nextCheckAt), lte(pins.nextCheckAt, new Date(deps.clock.now())));
  const rows = await deps.database.orm
    .select()
    .from(pins)
    .where(and(eq(pins.provider, name), eq(pins.state, 'pinned'), due))
    .orderBy(sql`${pins.nextCheckAt} ASC NULLS FIRST`, pins.id)
    .limit(pinsPerRun);
  for (const pin of rows) {
    run.signal.throwIfAborted();
    try {
      await auditPin(deps, provider, run, pin);
    } catch (error) {
      if (!(error instanceof PinningError)) throw error;
      const ms = restMs(error.fault, error.retryAfterMs);
      if (ms !== undefined) {
        // It cannot be asked at the moment: nothing is known of any pin there.
        await blockProvider(deps.database, name, { ms, reason: error.fault });
        return;
      }
      // It may be this pin alone: the others are not to wait for it.
      await putOff(deps, run, pin);
      if (error.fault === 'provider_unavailable') return;
    }
  }
}

/** Has pins checked as often as is set now: what was put off before may be too far away. */
export async function hastenAudits({ database, clock }: PinningDeps, everyMs: number): Promise<void> {
  await database.pool.query(
    `UPDATE pins SET next_check_at = $1::timestamptz
     WHERE state = 'pinned' AND next_check_at > $1::timestamptz + $2 * interval '1 millisecond'`,
    [new Date(clock.now()), everyMs],
  );
}

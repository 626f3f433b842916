import type { Clock } from '../clock.ts';
import { type Problem, refuse } from '../reply.ts';
import { limitHeaders } from './limit-headers.ts';
import {
  type LimitDecision,
  type LimitRequest,
  type LimitStore,
  LimitStoreUnavailableError,
} from './limit-store.ts';

/** Undefined, or why the request goes no further. */
export type Admission = Problem | undefined;

export interface PermitDeps {
  readonly limits: LimitStore;
  readonly clock: Clock;
}

/**
 * Takes a permit of every window that is wanted, or of none (L1): undefined, or 429 with a Retry-After that is true.
 * Synchronous where the store is. What the caller is told of it stands in `exchange.limit` then: not the count of an
 * address that admitted it, which says how much others behind that address do.
 */
export function spendPermits(
  exchange: { limit: LimitDecision | undefined },
  wanted: readonly LimitRequest[],
  { limits, clock }: PermitDeps,
): Admission | Promise<Admission> {
  if (wanted.length === 0) return undefined;
  try {
    const taken = limits.take(wanted);
    return taken instanceof Promise
      ? taken.then((decision) => decided(decision, exchange, clock), limitsAway)
      : decided(taken, exchange, clock);
  } catch (error) {
    return limitsAway(error);
  }
}

function decided(
  decision: LimitDecision,
  exchange: { limit: LimitDecision | undefined },
  clock: Clock,
): Admission {
  if (decision.admitted) {
    if (decision.window.isQuiet !== true) exchange.limit = decision;
    return undefined;
  }
  exchange.limit = decision;
  const headers = limitHeaders(decision, clock.now());
  return refuse('rate_limited', { detail: `Try again in ${headers['retry-after']} s.`, headers });
}

function limitsAway(error: unknown): Problem {
  if (!(error instanceof LimitStoreUnavailableError)) throw error;
  return refuse('limit_store_unavailable', {
    detail: 'Limits cannot be checked at the moment.',
    headers: { 'retry-after': '1' },
  });
}

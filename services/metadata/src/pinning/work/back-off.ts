import type { PinningFault } from '../providers/pinning-error.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** First pause after a failed try, and the longest; each doubles the one before. */
const pauses: Readonly<Record<PinningFault, { firstMs: number; longestMs: number }>> = {
  rate_limited: { firstMs: 5 * second, longestMs: 10 * minute },
  provider_unavailable: { firstMs: 5 * second, longestMs: hour },
  provider_answer: { firstMs: minute, longestMs: 6 * hour },
  credentials_refused: { firstMs: 5 * minute, longestMs: 5 * minute },
  plan_limit: { firstMs: 10 * minute, longestMs: 6 * hour },
  content_refused: { firstMs: minute, longestMs: hour },
  upload_lost: { firstMs: second, longestMs: 10 * minute },
  provider_failed: { firstMs: 30 * second, longestMs: 6 * hour },
  content_unreadable: { firstMs: minute, longestMs: 6 * hour },
};

/** Tries in a row after which a pin is given up; of what is no fault of the content there is no end. */
const triesMax: Partial<Record<PinningFault, number>> = {
  content_refused: 3,
  provider_answer: 12,
  provider_failed: 5,
  content_unreadable: 12,
};

export interface Tried {
  /** Tries that failed. */
  readonly tries: number;
  /** Of these the last ones in a row that failed for this reason. */
  readonly failures: number;
}

/**
 * Milliseconds until the next try after those that failed, never before the provider allows it; undefined: no more tries,
 * somebody has to look.
 */
export function pauseMs(
  fault: PinningFault,
  { tries, failures }: Tried,
  retryAfterMs = 0,
): number | undefined {
  if (failures >= (triesMax[fault] ?? Number.POSITIVE_INFINITY)) return undefined;
  const { firstMs, longestMs } = pauses[fault];
  return Math.max(retryAfterMs, Math.min(firstMs * 2 ** Math.min(tries - 1, 20), longestMs));
}

/** Faults that concern everything at a provider: it is left alone by all nodes for that long, milliseconds. */
export function restMs(fault: PinningFault, retryAfterMs: number | undefined): number | undefined {
  if (fault === 'rate_limited') return retryAfterMs ?? pauses.rate_limited.firstMs;
  if (fault === 'credentials_refused') return retryAfterMs ?? pauses.credentials_refused.firstMs;
  return fault === 'provider_unavailable' ? retryAfterMs : undefined;
}

/** How long until a provider that is at work is asked again; `ageMs`: since it was asked first. */
export function pollMs(ageMs: number): number {
  return Math.min(Math.max(5 * second, ageMs / 4), 30 * minute);
}

/** A provider that has not found the content for so long has failed. */
export const pendingMsMax = 3 * 24 * hour;

import { createHash } from 'node:crypto';
import type { SeedPeriod, SeedRate } from './seed.ts';

/** A price of one model as it stands in the catalogue. Times are Unix milliseconds. */
export interface StandingPrice {
  readonly id: string;
  readonly declaredFromMs: number | null;
  readonly validFromMs: number | null;
  readonly validToMs: number | null;
  readonly daily: SeedPeriod['daily'];
  readonly ratesHash: string;
}

export interface NewPrice {
  readonly period: SeedPeriod;
  readonly validFromMs: number | null;
  readonly ratesHash: string;
}

export interface PriceChanges {
  readonly endings: readonly { readonly id: string; readonly validToMs: number | null }[];
  readonly additions: readonly NewPrice[];
}

/**
 * What has to change for one model so that the catalogue says what the source says, from now on.
 * Rows are ended and added, never changed: events name the row they were charged by (T4).
 * `standing` is ordered by creation.
 */
export function planPriceChanges(
  standing: readonly StandingPrice[],
  declared: readonly SeedPeriod[],
  nowMs: number,
): PriceChanges {
  const endings: { id: string; validToMs: number | null }[] = [];
  const additions: NewPrice[] = [];
  const latest = new Map(standing.map((price) => [periodKey(price), price]));
  for (const period of declared) {
    const key = periodKey(period);
    const current = latest.get(key);
    latest.delete(key);
    const ratesHash = hashRates(period.rates);
    if (current === undefined) {
      additions.push({ period, validFromMs: period.declaredFromMs, ratesHash });
    } else if (isPast(current.validToMs, nowMs)) {
      // It had been ended; only if the source has it in force again does it start anew.
      if (!isPast(period.validToMs, nowMs)) additions.push({ period, validFromMs: nowMs, ratesHash });
    } else if (current.ratesHash !== ratesHash) {
      const changesAtMs = Math.max(nowMs, current.validFromMs ?? nowMs);
      endings.push({ id: current.id, validToMs: changesAtMs });
      if (!isPast(period.validToMs, changesAtMs))
        additions.push({ period, validFromMs: changesAtMs, ratesHash });
    } else if (current.validToMs !== period.validToMs) {
      endings.push({ id: current.id, validToMs: period.validToMs });
    }
  }
  for (const gone of latest.values()) {
    if (!isPast(gone.validToMs, nowMs)) endings.push({ id: gone.id, validToMs: nowMs });
  }
  return { endings, additions };
}

/** Names a set of rates; equal sets have equal names in whatever order they are listed. */
export function hashRates(rates: readonly SeedRate[]): string {
  const lines = rates.map((rate) => `${rate.class} ${rate.aboveInputTokens} ${rate.rate}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

function isPast(validToMs: number | null, nowMs: number): boolean {
  return validToMs !== null && validToMs <= nowMs;
}

function periodKey(period: { declaredFromMs: number | null; daily: SeedPeriod['daily'] }): string {
  return JSON.stringify([period.declaredFromMs, period.daily?.fromS ?? null, period.daily?.toS ?? null]);
}

import { type Money, noMoney } from '../money.ts';
import type { PreparedEvent } from './prepare-event.ts';

/** What sums are made of. */
export type Summable = Pick<PreparedEvent, 'occurredAtMs' | 'provider' | 'model' | 'totalTokens' | 'cost'>;

/** A sum of events that have the same place in a table of sums. */
export interface EventSum<Place extends readonly string[]> {
  readonly place: Place;
  events: number;
  unpricedEvents: number;
  tokens: bigint;
  cost: Money;
}

export const dayMs = 86_400_000;
export const quarterMs = 15 * 60_000;

/** Sums by place, sorted by it: concurrent transactions of one owner lock their rows in one order. */
export function sumEvents<Event extends Summable, Place extends readonly string[]>(
  events: Iterable<Event>,
  placesOf: (event: Event) => readonly Place[],
): EventSum<Place>[] {
  const sums = new Map<string, EventSum<Place>>();
  for (const event of events) {
    for (const place of placesOf(event)) {
      const key = JSON.stringify(place);
      let sum = sums.get(key);
      if (sum === undefined) {
        sum = { place, events: 0, unpricedEvents: 0, tokens: 0n, cost: noMoney };
        sums.set(key, sum);
      }
      sum.events += 1;
      sum.tokens += BigInt(event.totalTokens);
      if (event.cost === null) sum.unpricedEvents += 1;
      else sum.cost = sum.cost.plus(event.cost);
    }
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** The UTC day of a moment, `YYYY-MM-DD`. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Where the quarter of an hour begins that a moment is in, RFC 3339. */
export function quarterOf(atMs: number): string {
  return new Date(Math.floor(atMs / quarterMs) * quarterMs).toISOString();
}

import type { Clock, KeyCaller } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { PreparedEvent } from '../usage/prepare-event.ts';
import { recordEvents } from '../usage/record-events.ts';

export interface UsageBookDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** Hears of what could not be booked yet; it is tried again. */
  readonly onError: (error: unknown) => void;
}

export interface CallToBook {
  readonly owner: KeyCaller;
  readonly event: PreparedEvent;
  /** What was held for it. */
  readonly holdId?: string | undefined;
  /** How long the call has taken: a long one can wait a little for others. */
  readonly tookMs: number;
}

interface Entry extends CallToBook {
  readonly booked: () => void;
}

/** Events that may wait for a database that is away; beyond it no further call is let through. */
export const waitingEventsMax = 10_000;
const eventsPerTransaction = 500;
/** While calls end side by side, others are waited for: a transaction costs nearly the same for one event as for many. */
const gatherMs = 10;
const gatheredEnough = 32;
/** The share of its own time that a call waits for others though none ended beside it lately. */
const patience = 1 / 25;
const retryMsMax = 5_000;

/**
 * Books what proxied calls used. Calls that end while a transaction runs share the next one: at any load there is one at a
 * time for each owner's key. What cannot be booked because the database is away waits and is booked when it is back.
 */
export class UsageBook {
  readonly #deps: UsageBookDeps;
  #waiting: Entry[] = [];
  #working: Promise<void> | undefined;
  #failures = 0;
  #lastCount = 0;
  #gathered: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: UsageBookDeps) {
    this.#deps = deps;
  }

  /** Whether another call's usage could still be kept. */
  get hasRoom(): boolean {
    return this.#waiting.length < waitingEventsMax;
  }

  /** Resolves when the event is in the database and its hold has ended, or both wait for a database that is away. */
  book(call: CallToBook): Promise<void> {
    return new Promise((booked) => {
      this.#waiting.push({ ...call, booked });
      if (this.#isGathered()) this.#gathered?.();
      if (this.#timer !== undefined) booked();
      else this.#work();
    });
  }

  /** Books what is left, once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#gathered?.();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#work();
    await this.#working;
  }

  #work(): void {
    this.#working ??= this.#bookAll().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0 && this.#timer === undefined && !this.#isClosed) this.#work();
    });
  }

  async #bookAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      const left = byKey(this.#waiting.splice(0, eventsPerTransaction));
      for (let entries = left.shift(); entries !== undefined; entries = left.shift()) {
        try {
          await this.#bookSome(entries);
          this.#failures = 0;
        } catch (error) {
          return this.#keep([entries, ...left].flat(), error);
        }
      }
    }
  }

  /** A short call that ends alone waits for those of its own turn only. */
  #isGathered(): boolean {
    const isEnough = this.#waiting.length >= gatheredEnough || this.#isClosed;
    return (
      isEnough || (this.#lastCount <= 1 && this.#waiting.some(({ tookMs }) => tookMs * patience < gatherMs))
    );
  }

  async #gather(): Promise<void> {
    if (this.#isGathered()) await new Promise(setImmediate);
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, gatherMs);
      this.#gathered = resolve;
      await promise;
      clearTimeout(timer);
      this.#gathered = undefined;
    }
    this.#lastCount = this.#waiting.length;
  }

  async #bookSome(entries: readonly Entry[]): Promise<void> {
    const { database, clock } = this.#deps;
    const [first] = entries;
    if (first === undefined) return;
    await recordEvents(
      database,
      first.owner,
      entries.map(({ event }) => event),
      clock.now(),
      new Map(
        entries.flatMap(({ event, holdId }) => (holdId === undefined ? [] : [[event.eventId, holdId]])),
      ),
    );
    for (const { booked } of entries) booked();
  }

  #keep(entries: readonly Entry[], error: unknown): void {
    this.#deps.onError(error);
    this.#failures += 1;
    this.#waiting.unshift(...entries);
    for (const { booked } of this.#waiting) booked();
    if (this.#isClosed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#work();
      },
      Math.min(100 * 2 ** this.#failures, retryMsMax),
    ).unref();
  }
}

function byKey(entries: readonly Entry[]): Entry[][] {
  return [...Map.groupBy(entries, ({ owner }) => owner.keyId).values()];
}

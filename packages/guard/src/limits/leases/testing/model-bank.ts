import type { Counter } from '../../counters.ts';
import { LimitStoreUnavailableError } from '../../limit-store.ts';
import {
  type Beat,
  type LeaseBank,
  type LeaseReply,
  type LeaseRequest,
  nameOf,
  type Owed,
} from '../lease-bank.ts';
import type { Simulation } from './simulation.ts';

interface ModelWindow {
  used: number;
  readonly endsAtMs: number;
  readonly holders: Set<string>;
  /** Permits that a node may have and spend by itself, by node; those on their way count. */
  readonly held: Map<string, number>;
  /** What nodes said that they owe, by node. */
  readonly owed: Map<string, number>;
}

/** How long the next message of a node takes; a recall goes by a way of its own. */
export type LatencyMs = (node: string, what: 'trip' | 'recall') => number;

/** The bank in plain words, for all nodes of a simulation; messages take the time that `latencyMs` says. */
export class ModelBank {
  readonly #simulation: Simulation;
  readonly #latencyMs: LatencyMs;
  readonly #isOrdered: boolean;
  /** Every window that there ever was, the latest last, by the counter's name. */
  readonly #windows = new Map<string, ModelWindow[]>();
  readonly #listeners = new Map<string, (names: readonly string[]) => void>();
  readonly #dead = new Set<string>();
  readonly #nodes = new Set<string>();
  #epoch = '';
  #epochs = 0;
  #settledAtMs = 0;
  #isAway = false;
  readonly #lastArrivalsMs = new Map<string, number>();

  /** `isOrdered`: on its way to a node and from it no message overtakes another, as on one connection. */
  constructor(simulation: Simulation, latencyMs: LatencyMs, isOrdered = true) {
    this.#simulation = simulation;
    this.#latencyMs = latencyMs;
    this.#isOrdered = isOrdered;
  }

  /** From now on nothing of the node arrives, in either direction. */
  kill(node: string): void {
    this.#dead.add(node);
  }

  /** From now on every trip fails, or none any more. */
  setAway(isAway: boolean): void {
    this.#isAway = isAway;
  }

  /** Loses all that it knows. */
  empty(): void {
    this.#windows.clear();
    this.#nodes.clear();
    this.#epoch = '';
  }

  /** Permits debited in each window of a counter, by the window's end. */
  used(counter: Counter): Map<number, number> {
    const windows = this.#windows.get(nameOf(counter)) ?? [];
    return new Map(windows.map(({ endsAtMs, used }) => [endsAtMs, used]));
  }

  /** A node spends a permit by itself: whether the bank gave it one of the window that runs now. */
  spend(node: string, counter: Counter): boolean {
    const window = this.#running(counter);
    const held = window?.held.get(node) ?? 0;
    window?.held.set(node, held - 1);
    return held > 0;
  }

  of(node: string): LeaseBank {
    return {
      lease: (request) => this.#call(node, () => this.lease(node, request)),
      giveBack: (permits, epoch = '') =>
        this.#call(node, () => {
          if (epoch === '' || epoch === this.#epoch) this.giveBack(node, permits);
        }),
      recall: (counters) => {
        if (counters.length > 0) this.#tell(node, counters.map(nameOf));
      },
      beat: (epoch) => this.#call(node, () => this.#beat(node, epoch)),
      leave: () => this.#call(node, () => void this.#nodes.delete(node)),
      onRecall: (listener) => {
        this.#listeners.set(node, listener);
      },
    };
  }

  async #call<Result>(node: string, operation: () => Result): Promise<Result> {
    await this.#travel(node, `from ${node}`);
    if (this.#dead.has(node)) return new Promise(() => {});
    if (this.#isAway) throw new LimitStoreUnavailableError('the bank is away');
    const result = operation();
    await this.#travel(node, `to ${node}`);
    return this.#dead.has(node) ? new Promise(() => {}) : result;
  }

  #travel(node: string, way: string): Promise<void> {
    const nowMs = this.#simulation.elapsedMs;
    const arrivesAtMs = Math.max(
      nowMs + this.#latencyMs(node, 'trip'),
      (this.#isOrdered && this.#lastArrivalsMs.get(way)) || 0,
    );
    this.#lastArrivalsMs.set(way, arrivesAtMs);
    return new Promise((resolve) => this.#simulation.at(arrivesAtMs, resolve));
  }

  #tell(node: string, names: readonly string[]): void {
    for (const [other, listener] of this.#listeners) {
      if (other === node) continue;
      this.#simulation.after(this.#latencyMs(other, 'recall'), () => {
        if (!this.#dead.has(other)) listener(names);
      });
    }
  }

  #beat(node: string, known: string): Beat {
    const { nowMs } = this.#simulation;
    this.#nodes.add(node);
    if (this.#epoch === '') {
      this.#epochs += 1;
      this.#epoch = `epoch ${this.#epochs}`;
      this.#settledAtMs = known === '' ? 0 : nowMs + 2_000;
      if (known !== '') this.#tell(node, []);
    }
    const settlingMs = Math.max(0, this.#settledAtMs - nowMs);
    return { epoch: this.#epoch, nodes: this.#nodes.size, settlingMs };
  }

  /** What a node let in without the bank. */
  #settle(node: string, counter: Counter, { permits, leftMs }: Owed): void {
    const running = this.#running(counter);
    const fresh = permits - (running?.owed.get(node) ?? 0);
    if (fresh <= 0) return;
    const window = running ?? this.#open(counter, leftMs);
    window.used += fresh;
    window.owed.set(node, permits);
  }

  #running(counter: Counter): ModelWindow | undefined {
    const window = this.#windows.get(nameOf(counter))?.at(-1);
    return window !== undefined && window.endsAtMs > this.#simulation.nowMs ? window : undefined;
  }

  #open(counter: Counter, leftMs = counter.window.windowMs): ModelWindow {
    const endsAtMs = this.#simulation.nowMs + leftMs;
    const holders = new Set<string>();
    const window = { used: 0, endsAtMs, holders, held: new Map<string, number>(), owed: new Map() };
    const name = nameOf(counter);
    this.#windows.set(name, [...(this.#windows.get(name) ?? []), window]);
    return window;
  }

  /** The operation itself, without the way there and back. */
  lease(node: string, request: LeaseRequest): LeaseReply {
    const { counters, calls, isWhole, reserved, extra, owed = [], epoch = '' } = request;
    if (epoch !== '' && epoch !== this.#epoch)
      return { nowMs: this.#simulation.nowMs, admitted: 0, windows: [], isOtherEpoch: true };
    for (const [at, counter] of counters.entries()) {
      const debt = owed[at];
      if (debt !== undefined && debt.permits > 0) this.#settle(node, counter, debt);
    }
    const found = counters.map((counter, at) => {
      const running = this.#running(counter);
      const left = counter.window.limit - (running?.used ?? 0);
      const { permits = 0, endsAtMs } = reserved[at] ?? {};
      return { counter, running, left, set: endsAtMs === running?.endsAtMs ? permits : 0 };
    });
    const short = Math.max(0, ...found.map(({ left, set }) => calls - set - Math.max(left, 0)));
    const admitted = isWhole && short > 0 ? 0 : calls - short;
    const windows = found.map(({ counter, running, left, set }, at) => {
      const debit = Math.max(0, admitted - set);
      const granted = short > 0 ? 0 : Math.max(0, Math.min(extra[at] ?? 0, Math.floor((left - debit) / 20)));
      const window = running ?? (debit + granted > 0 ? this.#open(counter) : undefined);
      if (window !== undefined) {
        window.used += debit + granted;
        window.held.set(node, (window.held.get(node) ?? 0) + granted - Math.min(set, admitted));
        if (granted > 0) window.holders.add(node);
      }
      const isHeldElsewhere = short > 0 && [...(window?.holders ?? [])].some((holder) => holder !== node);
      const remaining = left - debit - granted;
      return { remaining, endsAtMs: window?.endsAtMs ?? 0, extra: granted, isHeldElsewhere };
    });
    return { nowMs: this.#simulation.nowMs, admitted, windows };
  }

  giveBack(node: string, permits: Parameters<LeaseBank['giveBack']>[0]): void {
    for (const { counter, permits: count, endsAtMs } of permits) {
      const window = this.#windows.get(nameOf(counter))?.at(-1);
      if (window?.endsAtMs !== endsAtMs) continue;
      window.used -= count;
      window.held.set(node, (window.held.get(node) ?? 0) - count);
      window.holders.delete(node);
    }
  }
}

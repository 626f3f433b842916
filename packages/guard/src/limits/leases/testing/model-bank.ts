import type { Counter } from '../../counters.ts';
import { type LeaseBank, type LeaseReply, type LeaseRequest, nameOf } from '../lease-bank.ts';
import type { Simulation } from './simulation.ts';

interface ModelWindow {
  used: number;
  endsAtMs: number;
  readonly holders: Set<string>;
}

/** The bank in plain words, for all nodes of a simulation; messages take the time that `latencyMs` says. */
export class ModelBank {
  readonly #simulation: Simulation;
  readonly #latencyMs: () => number;
  readonly #windows = new Map<string, ModelWindow>();
  readonly #listeners = new Map<string, (names: readonly string[]) => void>();
  readonly #dead = new Set<string>();
  trips = 0;

  constructor(simulation: Simulation, latencyMs: () => number) {
    this.#simulation = simulation;
    this.#latencyMs = latencyMs;
  }

  /** From now on nothing of the node arrives, in either direction. */
  kill(node: string): void {
    this.#dead.add(node);
  }

  /** Permits debited in the window that is or was open last. */
  used(counter: Counter): number {
    return this.#windows.get(nameOf(counter))?.used ?? 0;
  }

  of(node: string): LeaseBank {
    return {
      lease: (request) => this.#call(node, () => this.#lease(node, request)),
      giveBack: (permits) =>
        this.#call(node, () => {
          for (const { counter, permits: count, endsAtMs } of permits) {
            const window = this.#windows.get(nameOf(counter));
            if (window?.endsAtMs !== endsAtMs) continue;
            window.used -= count;
            window.holders.delete(node);
          }
        }),
      recall: (counters) => {
        for (const [other, listener] of this.#listeners) {
          if (other === node) continue;
          this.#simulation.after(this.#latencyMs(), () => {
            if (!this.#dead.has(other)) listener(counters.map(nameOf));
          });
        }
      },
      onRecall: (listener) => {
        this.#listeners.set(node, listener);
      },
    };
  }

  async #call<Result>(node: string, operation: () => Result): Promise<Result> {
    await this.#simulation.sleep(this.#latencyMs());
    if (this.#dead.has(node)) return new Promise(() => {});
    this.trips += 1;
    const result = operation();
    await this.#simulation.sleep(this.#latencyMs());
    return this.#dead.has(node) ? new Promise(() => {}) : result;
  }

  #lease(node: string, { counters, calls, isWhole, reserved, extra }: LeaseRequest): LeaseReply {
    const { nowMs } = this.#simulation;
    const found = counters.map((counter) => {
      const window = this.#windows.get(nameOf(counter));
      const running = window !== undefined && window.endsAtMs > nowMs ? window : undefined;
      return { counter, running, left: counter.window.limit - (running?.used ?? 0) };
    });
    const missing = found.map(({ left }, at) => Math.max(0, calls - (reserved[at] ?? 0) - Math.max(left, 0)));
    const short = Math.max(0, ...missing);
    const admitted = isWhole && short > 0 ? 0 : calls - short;
    const windows = found.map(({ counter, running, left }, at) => {
      const debit = Math.max(0, admitted - (reserved[at] ?? 0));
      const granted = short > 0 ? 0 : Math.max(0, Math.min(extra[at] ?? 0, Math.floor((left - debit) / 20)));
      let window = running;
      if (debit + granted > 0) {
        window ??= { used: 0, endsAtMs: nowMs + counter.window.windowMs, holders: new Set() };
        this.#windows.set(nameOf(counter), window);
        window.used += debit + granted;
        if (granted > 0) window.holders.add(node);
      }
      const isHeldElsewhere = short > 0 && [...(window?.holders ?? [])].some((holder) => holder !== node);
      return {
        remaining: left - debit - granted,
        endsAtMs: window?.endsAtMs ?? 0,
        extra: granted,
        isHeldElsewhere,
      };
    });
    return { nowMs, admitted, windows };
  }
}

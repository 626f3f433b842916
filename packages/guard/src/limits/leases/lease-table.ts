import type { Counter } from '../counters.ts';
import { Lease } from './lease.ts';
import { nameOf } from './lease-bank.ts';

/**
 * The leases of a node, bounded: in two generations, of which the older is let go of when the younger is full. Whatever
 * was asked for meanwhile has moved to the younger one.
 */
export class LeaseTable {
  readonly #generationMax: number;
  readonly #release: (lease: Lease) => void;
  #young = new Map<string, Lease>();
  #old = new Map<string, Lease>();

  /** `release` hears of each lease that is let go of. */
  constructor(leasesMax: number, release: (lease: Lease) => void) {
    this.#generationMax = Math.max(1, Math.floor(leasesMax / 2));
    this.#release = release;
  }

  find(name: string): Lease | undefined {
    const lease = this.#young.get(name);
    if (lease !== undefined) return lease;
    const old = this.#old.get(name);
    if (old !== undefined) this.#add(name, old);
    return old;
  }

  /** The lease of a counter, a new one when there is none or its limit has changed since. */
  open(counter: Counter): Lease {
    const name = nameOf(counter);
    const known = this.find(name);
    if (known?.counter.window.limit === counter.window.limit) return known;
    const lease = new Lease(counter);
    if (known !== undefined) {
      // What was leased under another limit does not count under this one.
      this.#release(known);
      lease.isStrict = true;
    }
    this.#add(name, lease);
    return lease;
  }

  /** Lets go of all. */
  clear(): void {
    for (const lease of [...this.#young.values(), ...this.#old.values()]) this.#release(lease);
    this.#young.clear();
    this.#old.clear();
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #add(name: string, lease: Lease): void {
    this.#old.delete(name);
    if (this.#young.size >= this.#generationMax) {
      const leaving = this.#old;
      this.#old = this.#young;
      this.#young = new Map();
      for (const [leavingName, each] of leaving) {
        // Calls under way still return permits to it.
        if (each.underWay > 0) this.#young.set(leavingName, each);
        else this.#release(each);
      }
    }
    this.#young.set(name, lease);
  }
}

import type { Counter } from '../counters.ts';
import { Lease } from './lease.ts';
import { nameOf } from './lease-bank.ts';

export interface LeaseHooks {
  /** A lease of a counter that none was known of. */
  opened(lease: Lease): void;
  /** Its permits are to go back. */
  release(lease: Lease): void;
  /** It was let go of for want of room. */
  forgotten(lease: Lease): void;
}

/**
 * The leases of a node, bounded: in two generations, of which the older is let go of when the younger is full. Whatever
 * was asked for meanwhile has moved to the younger one.
 */
export class LeaseTable {
  readonly #leasesMax: number;
  readonly #generationMax: number;
  readonly #hooks: LeaseHooks;
  #young = new Map<string, Lease>();
  #old = new Map<string, Lease>();

  constructor(leasesMax: number, hooks: LeaseHooks) {
    this.#leasesMax = leasesMax;
    this.#generationMax = Math.max(1, Math.floor(leasesMax / 2));
    this.#hooks = hooks;
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
    if (known === undefined) this.#hooks.opened(lease);
    else {
      // What was leased under another limit does not count under this one.
      this.#hooks.release(known);
      lease.copyFrom(known);
    }
    this.#add(name, lease);
    return lease;
  }

  /** The lease of a counter, whatever its limit, or a new one; undefined when there is no room. Lets go of none. */
  openWithin(counter: Counter): Lease | undefined {
    const name = nameOf(counter);
    const known = this.#young.get(name) ?? this.#old.get(name);
    if (known !== undefined || this.size >= this.#leasesMax) return known;
    const lease = new Lease(counter);
    this.#young.set(name, lease);
    return lease;
  }

  *[Symbol.iterator](): Iterator<Lease> {
    yield* this.#young.values();
    yield* this.#old.values();
  }

  /** Lets go of all. */
  clear(): void {
    for (const lease of this) this.#hooks.release(lease);
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
        else {
          this.#hooks.release(each);
          this.#hooks.forgotten(each);
        }
      }
    }
    this.#young.set(name, lease);
  }
}

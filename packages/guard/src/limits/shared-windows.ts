import { randomInt } from 'node:crypto';
import type { RunningWindow } from './window-lane.ts';

const bucketCount = 4096;

/**
 * Where keys are counted for whom there is no room: many to a bucket, so that memory is bounded and no limit is ever
 * exceeded; what suffers is that strangers may share a budget. A bucket ends a whole window after its *last*
 * permit: otherwise a key that came late to it could spend a second budget within its own window.
 */
export class SharedWindows {
  readonly #buckets = new Map<number, RunningWindow>();
  readonly #seed = randomInt(2 ** 31);
  #lastEndMs = 0;

  /** Whether any bucket still counts. */
  isActive(nowMs: number): boolean {
    return this.#lastEndMs > nowMs;
  }

  find(key: string, nowMs: number): RunningWindow | undefined {
    if (!this.isActive(nowMs)) return undefined;
    const bucket = this.#buckets.get(this.#indexOf(key));
    return bucket !== undefined && bucket.endMs > nowMs ? bucket : undefined;
  }

  debit(key: string, permits: number, nowMs: number, endMs: number, resetAtMs: number): void {
    const used = (this.find(key, nowMs)?.used ?? 0) + permits;
    this.#buckets.set(this.#indexOf(key), { key: '', used, endMs, resetAtMs, next: undefined });
    this.#lastEndMs = endMs;
  }

  /** FNV-1a from a start that nobody outside knows, so that a bucket cannot be aimed at. */
  #indexOf(key: string): number {
    let hash = this.#seed;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & (bucketCount - 1);
  }
}

import type { LimitStore } from '../limit-store.ts';

/** A fresh store and the clock that it goes by. */
export interface StoreUnderTest {
  readonly store: LimitStore;
  advance(ms: number): void;
  /** Unix milliseconds. */
  nowMs(): number;
  close(): Promise<void>;
}

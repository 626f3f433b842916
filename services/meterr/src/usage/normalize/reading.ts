import type { Counts } from '../../token-classes.ts';

/** What a reader of one shape found. `statedTotal` is the provider's own sum, when it gives one. */
export interface Reading {
  readonly counts: Partial<Counts>;
  readonly statedTotal?: number | undefined;
}

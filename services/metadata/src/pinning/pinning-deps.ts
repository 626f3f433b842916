import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { MediaStore } from '../media/index.ts';
import type { PinProvider } from './providers/pin-provider.ts';
import type { InTurn } from './work/one-at-a-time.ts';

export interface PinningDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: MediaStore;
  /** Those that are set up; none: nothing is pinned. */
  readonly providers: readonly PinProvider[];
  /** How long a collection must have been left alone before it is pinned, milliseconds. */
  readonly settleMs: number;
  /** Does what is asked for in one owner's name one after the other. */
  readonly inTurn: InTurn;
}

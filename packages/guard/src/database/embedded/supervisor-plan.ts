import type { Binaries } from './locate-binaries.ts';
import type { Place } from './prepare-place.ts';

/** What the supervisor is told when it is started, as JSON in its only argument. */
export interface SupervisorPlan {
  readonly place: Place;
  readonly binaries: Binaries;
  /** Milliseconds without anybody attached after which PostgreSQL is stopped. */
  readonly idleMs: number;
}

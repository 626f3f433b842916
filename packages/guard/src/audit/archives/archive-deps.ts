import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import type { ArchivePlace } from './places/archive-place.ts';

/** Between two of these a process may die, and nothing is lost or there twice. */
export type ArchiveStep =
  | 'begun'
  | 'draft written'
  | 'file placed'
  | 'manifest placed'
  | 'read back'
  | 'recorded'
  | 'dropped';

export interface ArchiveDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly place: ArchivePlace;
  /** A local folder for what is being written, of this installation alone. Absolute. */
  readonly draftsFolder: string;
  /** Days for which the log stays in the database; at least 90 (A5). */
  readonly onlineDays: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each step. */
  readonly step?: (step: ArchiveStep) => void | Promise<void>;
}

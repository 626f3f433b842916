import type { Month } from './month.ts';

/** What can be wrong with a written archive. */
export type ArchiveFaultKind =
  | 'missing'
  | 'truncated'
  | 'appended'
  | 'altered'
  | 'manifest_missing'
  | 'manifest_altered'
  | 'manifest_swapped'
  | 'unknown_signing_key'
  | 'unreadable';

const inWords: Readonly<Record<ArchiveFaultKind, string>> = {
  missing: 'is not where it was written',
  truncated: 'is shorter than it was written',
  appended: 'is longer than it was written',
  altered: 'has other bytes than were written',
  manifest_missing: 'has lost its manifest',
  manifest_altered: 'has a manifest that was altered: its signature does not fit',
  manifest_swapped: 'has the manifest of another archive',
  unknown_signing_key: 'is signed with a key that the keyring does not hold',
  unreadable: 'cannot be read',
};

/** A written archive is not what was written. The message names it and what was done to it. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
  readonly kind: ArchiveFaultKind;
  readonly file: string;
  constructor(kind: ArchiveFaultKind, file: string, options?: ErrorOptions) {
    super(`the archive ${file} ${inWords[kind]}`, options);
    this.kind = kind;
    this.file = file;
  }
}

/** A month cannot be archived now. The message says why and what to do. */
export class ArchiveBlocked extends Error {
  override readonly name = 'ArchiveBlocked';
  readonly month: Month;
  constructor(month: Month, why: string, options?: ErrorOptions) {
    super(`${month} cannot be archived: ${why}`, options);
    this.month = month;
  }
}

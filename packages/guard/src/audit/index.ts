export { type AuditEntry, objectIdsMax } from './entry.ts';
export { insertEntry } from './insert-entry.ts';
export { type Journal, type JournalOptions, openJournal } from './journal/journal.ts';
export { JournalInUseError, JournalUnavailableError } from './journal/journal-errors.ts';
export type { JournalFinding } from './journal/journal-finding.ts';
export type { JournalPosition } from './journal/segment-file.ts';
export { type ShipOnceOptions, type ShipOnceResult, shipOnce } from './shipping/ship-once.ts';
export { type Shipper, type ShipperFigures, type ShipperOptions, startShipper } from './shipping/shipper.ts';

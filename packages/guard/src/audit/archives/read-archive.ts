import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { AuditRow } from '../audit-row.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { ArchiveFault } from './archive-errors.ts';
import { type ArchiveLine, openPersonalPart, type PersonalPart } from './archive-line.ts';
import { type ArchiveRecord, archivesOf } from './archive-records.ts';
import { archivedRow } from './archived-row.ts';
import { type Month, monthOfDate } from './month.ts';
import { PersonKeys } from './person-keys.ts';
import { placeOf } from './place-of.ts';
import { storedLines } from './stored-lines.ts';
import { verifyArchive } from './verify-archive.ts';

export type ArchiveReading = Pick<ArchiveDeps, 'database' | 'place'> & {
  /** Without it no signature is checked and no personal field is opened: what an outsider can verify is left. */
  readonly keyring?: ArchiveDeps['keyring'] | undefined;
};

/** A row of an archive, with what the tree says of it. */
export interface ArchivedEntry {
  readonly seq: number;
  /** The open part of its leaf. */
  readonly open: Buffer;
  readonly commitment: Buffer;
  /** Undefined: erased, before it was archived or since, or there is no keyring to open it. */
  readonly personal: PersonalPart | undefined;
  /** It had personal fields when it was archived. */
  readonly isSealed: boolean;
  readonly row: AuditRow;
}

/**
 * The rows of a month that are in archives alone, newest first, of all its parts. Throws `ArchiveFault` before the first
 * row of a part that is not what was written.
 */
export async function* readArchive(reading: ArchiveReading, month: Month): AsyncGenerator<ArchivedEntry> {
  const parts = await archivesOf(reading.database.orm, month);
  const dropped = parts.filter(({ droppedAt }) => droppedAt !== null);
  yield* newestFirst(dropped.map((record) => readPart(reading, record)));
}

/** The rows of one part, newest first. The whole file is compared with what was written before the first is given. */
export async function* readPart(
  reading: ArchiveReading,
  record: ArchiveRecord,
): AsyncGenerator<ArchivedEntry> {
  const { database, keyring } = reading;
  const place = await placeOf(record, reading.place);
  await verifyArchive(place, record, keyring);
  const file = await place.read(record.file);
  if (file === undefined) throw new ArchiveFault('missing', record.file);
  const keys = keyring && new PersonKeys(database, keyring);
  const month = monthOfDate(record.month);
  // What fails on the way is thrown by whoever reads the end of it.
  const text = pipeline(file, createGunzip(), () => {});
  try {
    for await (const lines of storedLines(text)) yield* await entriesOf(lines, month, keys);
  } finally {
    text.destroy();
  }
}

async function entriesOf(
  texts: readonly string[],
  month: Month,
  keys: PersonKeys | undefined,
): Promise<ArchivedEntry[]> {
  const lines = texts.map((text) => JSON.parse(text) as ArchiveLine);
  const found = await keys?.ofIds(new Set(lines.flatMap((line) => line.keys)));
  return lines.map(({ seq, open, commitment, keys: ids, sealed }) => {
    const personKeys = ids.map((id) => found?.get(id) ?? { id, material: undefined });
    const personal = sealed === null ? undefined : openPersonalPart(sealed, personKeys, month, seq);
    return {
      ...{ seq, personal, isSealed: sealed !== null },
      open: Buffer.from(open),
      commitment: Buffer.from(commitment, 'base64'),
      row: archivedRow(open, personal?.personal.toString('utf8')),
    };
  });
}

/** Merges streams that each are newest first. */
async function* newestFirst(parts: readonly AsyncGenerator<ArchivedEntry>[]): AsyncGenerator<ArchivedEntry> {
  const heads: { entry: ArchivedEntry; rest: AsyncGenerator<ArchivedEntry> }[] = [];
  try {
    for (const rest of parts) {
      const { value, done } = await rest.next();
      if (done !== true) heads.push({ entry: value, rest });
    }
    while (heads.length > 0) {
      const newest = heads.reduce((best, head) => (isNewer(head.entry.row, best.entry.row) ? head : best));
      yield newest.entry;
      const { value, done } = await newest.rest.next();
      if (done === true) heads.splice(heads.indexOf(newest), 1);
      else newest.entry = value;
    }
  } finally {
    await Promise.all(parts.map((part) => part.return(undefined)));
  }
}

function isNewer(a: AuditRow, b: AuditRow): boolean {
  const difference = a.createdAt.getTime() - b.createdAt.getTime();
  return difference > 0 || (difference === 0 && a.id > b.id);
}

import type { ClientBase } from 'pg';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { type JournalBatch, readJournal } from '../journal/read-journal.ts';
import type { ReadLimits } from '../journal/read-segment.ts';
import type { JournalPosition } from '../journal/segment-file.ts';
import { addKeyCounts } from './add-key-counts.ts';
import { addSums } from './add-sums.ts';
import { type SummedBatch, sumBatch, withoutLines } from './batch-sums.ts';
import { beginShipping } from './connect.ts';
import { copyCarefully, isFaultOfEntry } from './copy-carefully.ts';
import { copyEntries } from './copy-entries.ts';
import { countByKey, type KeyCounts } from './count-by-key.ts';
import { countKeyless } from './count-keyless.ts';
import { ensurePartitions, monthsOf, splitLines } from './ensure-partitions.ts';
import { keepDamaged, removeShipped } from './finished-segments.ts';
import { type KeylessMinute, keylessLines } from './keyless-lines.ts';
import { isSamePosition, lockPosition, readPosition } from './positions.ts';
import { readShippedSegment, type ShippedSegment, writeShipped } from './shipped-segments.ts';

/** What is shipped, over one connection. */
export interface ShippingSource {
  readonly folder: string;
  readonly nodeId: string;
  readonly limits: ReadLimits;
  readonly client: ClientBase;
  /** Months whose partitions are known to be there. */
  readonly months: Set<string>;
  /** Where the database stood last; undefined when it has to be asked. */
  position: JournalPosition | undefined;
  /** The file that was read last; undefined when the database has to be asked. */
  shipped?: ShippedSegment | undefined;
}

export interface ShippedBatch {
  readonly entries: number;
  readonly findings: readonly JournalFinding[];
  /** Nothing was left to ship when the journal was read. */
  readonly isCaughtUp: boolean;
}

/** A batch as it was read, and what becomes of it. */
interface Shipment {
  readonly from: JournalPosition;
  readonly batch: JournalBatch;
  readonly keyless: ReadonlyMap<string, KeylessMinute>;
  readonly shipped: ShippedSegment;
}

/** Also the bound of what is held in memory of requests to be summed: nothing outlives its batch. */
export const shippingLimits: ReadLimits = { entriesMax: 5_000, bytesMax: 4 * 1024 * 1024 };

/**
 * Moves one batch into the database, rows, sums (A1), counts of keys and position in one transaction, and only from the
 * position that the database holds then: whoever else ships at the same time, each entry is there exactly once (A2) and
 * counted once (K11).
 * Throws when the database is away; the batch is then either wholly there or not at all, and the next call sees which.
 */
export async function shipBatch(source: ShippingSource): Promise<ShippedBatch> {
  const isContinued = source.position !== undefined;
  const from = source.position ?? (await readPosition(source.client, source.nodeId));
  if (!isContinued) source.shipped = undefined;
  source.position = undefined;
  const shipment = await readShipment(source, from);
  if (shipment === undefined) return { entries: 0, findings: [], isCaughtUp: false };
  if (shipment === 'nothing') {
    source.position = from;
    return { entries: 0, findings: [], isCaughtUp: true };
  }
  const { batch } = shipment;
  const unkept = keepDamaged(source.folder, batch.findings);
  await ensurePartitions(source.client, monthsOf(batch.pieces), source.months);
  const refused = await ship(source, shipment);
  if (refused === undefined) return { entries: 0, findings: [], isCaughtUp: false };
  source.position = batch.next;
  source.shipped = shipment.shipped;
  const unremoved = removeShipped(source.folder, batch.next);
  const findings = [...batch.findings, ...unkept, ...refused, ...unremoved];
  return { entries: batch.entries, findings, isCaughtUp: false };
}

// A segment that went away while we looked was shipped and removed by somebody else.
async function readShipment(
  source: ShippingSource,
  from: JournalPosition,
): Promise<Shipment | 'nothing' | undefined> {
  const { folder, limits, client, nodeId } = source;
  try {
    const read = readJournal(folder, from, limits);
    if (isSamePosition(read.next, from)) return 'nothing';
    const { segment } = read.next;
    const shipped =
      source.shipped?.segment === segment
        ? source.shipped
        : await readShippedSegment(client, nodeId, folder, segment);
    // A batch is either wholly new or wholly known: where it is both, it is read record by record.
    const batch = isPartlyShipped(read, from, shipped)
      ? readJournal(folder, from, { ...limits, entriesMax: 1 })
      : read;
    return { from, batch, shipped, keyless: keylessLines(batch.pieces) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isPartlyShipped({ next }: JournalBatch, from: JournalPosition, { byteOffset }: ShippedSegment) {
  const start = from.segment === next.segment ? from.byteOffset : 0;
  return start < byteOffset && byteOffset < next.byteOffset;
}

async function ship(source: ShippingSource, shipment: Shipment) {
  const { batch } = shipment;
  try {
    return await inTransaction(source, shipment, async (pieces, counts) => {
      if (pieces.length > 0) {
        await copyEntries(source.client, Buffer.concat(pieces), () => countByKey(pieces, counts));
      }
      return [];
    });
  } catch (error) {
    if (!isFaultOfEntry(error)) throw error;
    // A partition that was here has been taken away, or an entry is refused or there already.
    source.months.clear();
    await ensurePartitions(source.client, monthsOf(batch.pieces), source.months);
    return inTransaction(source, shipment, (pieces, counts) =>
      pieces.length > 0 ? copyCarefully(source.client, splitLines(pieces), counts) : Promise.resolve([]),
    );
  }
}

/** Undefined when the database has moved on from where the batch begins. */
async function inTransaction(
  { client, nodeId }: ShippingSource,
  shipment: Shipment,
  copy: (pieces: readonly Buffer[], counts: KeyCounts) => Promise<JournalFinding[]>,
): Promise<JournalFinding[] | undefined> {
  await client.query(beginShipping);
  try {
    if (!isSamePosition(await lockPosition(client, nodeId), shipment.from)) {
      await client.query('ROLLBACK');
      return undefined;
    }
    const { pieces, sums } = await takeSums(client, shipment);
    const counts: KeyCounts = new Map();
    const findings = await copy(pieces, counts);
    await addSums(client, sums);
    findings.push(...(await addKeyCounts(client, counts)));
    await writeShipped(client, nodeId, shipment.batch.next, shipment.shipped);
    await client.query('COMMIT');
    return findings;
  } catch (error) {
    // On a broken connection this fails as well, and PostgreSQL rolls back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** What was shipped before is in the log or in a sum: its rows are known by their ids, what was summed is not (A2). */
async function takeSums(
  client: ClientBase,
  { batch: { pieces, next }, keyless, shipped }: Shipment,
): Promise<SummedBatch> {
  if (next.byteOffset > shipped.byteOffset) {
    return sumBatch(pieces, keyless, await countKeyless(client, keyless));
  }
  const lines = [...keyless.values()].flatMap((minute) => minute.lines);
  return { pieces: withoutLines(pieces, lines), sums: [] };
}

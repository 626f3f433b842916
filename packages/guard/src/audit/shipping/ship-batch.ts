import type { ClientBase } from 'pg';
import type { JournalFinding } from '../journal/journal-finding.ts';
import { type JournalBatch, readJournal } from '../journal/read-journal.ts';
import type { ReadLimits } from '../journal/read-segment.ts';
import type { JournalPosition } from '../journal/segment-file.ts';
import { addKeyCounts } from './add-key-counts.ts';
import { beginShipping } from './connect.ts';
import { copyCarefully, isFaultOfEntry } from './copy-carefully.ts';
import { copyEntries } from './copy-entries.ts';
import { countByKey, type KeyCounts } from './count-by-key.ts';
import { ensurePartitions, monthsOf, splitLines } from './ensure-partitions.ts';
import { keepDamaged, removeShipped } from './finished-segments.ts';
import { isSamePosition, lockPosition, readPosition, writePosition } from './positions.ts';

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
}

export interface ShippedBatch {
  readonly entries: number;
  readonly findings: readonly JournalFinding[];
  /** Nothing was left to ship when the journal was read. */
  readonly isCaughtUp: boolean;
}

export const shippingLimits: ReadLimits = { entriesMax: 5_000, bytesMax: 4 * 1024 * 1024 };

/**
 * Moves one batch into the database, rows, counts of keys and position in one transaction, and only from the position
 * that the database holds then: whoever else ships at the same time, each entry is there exactly once (A2) and counted
 * once (K11).
 * Throws when the database is away; the batch is then either wholly there or not at all, and the next call sees which.
 */
export async function shipBatch(source: ShippingSource): Promise<ShippedBatch> {
  const from = source.position ?? (await readPosition(source.client, source.nodeId));
  source.position = undefined;
  const batch = readBatch(source.folder, from, source.limits);
  if (batch === undefined) return { entries: 0, findings: [], isCaughtUp: false };
  if (isSamePosition(batch.next, from)) {
    source.position = from;
    return { entries: 0, findings: [], isCaughtUp: true };
  }
  const unkept = keepDamaged(source.folder, batch.findings);
  await ensurePartitions(source.client, monthsOf(batch.pieces), source.months);
  const refused = await ship(source, from, batch);
  if (refused === undefined) return { entries: 0, findings: [], isCaughtUp: false };
  source.position = batch.next;
  const unremoved = removeShipped(source.folder, batch.next);
  const findings = [...batch.findings, ...unkept, ...refused, ...unremoved];
  return { entries: batch.entries, findings, isCaughtUp: false };
}

// A segment that went away while we looked was shipped and removed by somebody else.
function readBatch(folder: string, from: JournalPosition, limits: ReadLimits): JournalBatch | undefined {
  try {
    return readJournal(folder, from, limits);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function ship(source: ShippingSource, from: JournalPosition, batch: JournalBatch) {
  try {
    return await inTransaction(source, from, batch, async (counts) => {
      const { pieces } = batch;
      if (batch.entries > 0) {
        await copyEntries(source.client, Buffer.concat(pieces), () => countByKey(pieces, counts));
      }
      return [];
    });
  } catch (error) {
    if (!isFaultOfEntry(error)) throw error;
    // A partition that was here has been taken away, or an entry is refused or there already.
    source.months.clear();
    await ensurePartitions(source.client, monthsOf(batch.pieces), source.months);
    return inTransaction(source, from, batch, (counts) =>
      copyCarefully(source.client, splitLines(batch.pieces), counts),
    );
  }
}

/** Undefined when the database has moved on from `from`. */
async function inTransaction(
  { client, nodeId }: ShippingSource,
  from: JournalPosition,
  batch: JournalBatch,
  copy: (counts: KeyCounts) => Promise<JournalFinding[]>,
): Promise<JournalFinding[] | undefined> {
  await client.query(beginShipping);
  try {
    if (!isSamePosition(await lockPosition(client, nodeId), from)) {
      await client.query('ROLLBACK');
      return undefined;
    }
    const counts: KeyCounts = new Map();
    const findings = await copy(counts);
    findings.push(...(await addKeyCounts(client, counts)));
    await writePosition(client, nodeId, batch.next);
    await client.query('COMMIT');
    return findings;
  } catch (error) {
    // On a broken connection this fails as well, and PostgreSQL rolls back by itself.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

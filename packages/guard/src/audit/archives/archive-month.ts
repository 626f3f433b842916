import { setTimeout as delay } from 'node:timers/promises';
import { DrizzleQueryError, sql } from 'drizzle-orm';
import pg from 'pg';
import { openDatabase } from '../../database/database.ts';
import { recordChange } from '../record-change.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { ArchiveBlocked } from './archive-errors.ts';
import { undroppedOf } from './archive-records.ts';
import { dateOfMonth, type Month } from './month.ts';
import { placeOf } from './place-of.ts';
import { verifyArchive } from './verify-archive.ts';
import { writePart } from './write-part.ts';

export interface ArchivedMonth {
  readonly month: Month;
  /** Parts written now. */
  readonly files: readonly string[];
  /** Rows that left the database now. */
  readonly rows: number;
}

const dropTries = 40;
const dropPauseMs = 500;

/**
 * Brings a month into archives and then out of the database. Whatever an earlier try has finished is not done again.
 * Throws `ArchiveBlocked` when it cannot be done now, `ArchiveFault` when a written part is not what was written.
 */
export async function archiveMonth(deps: ArchiveDeps, month: Month): Promise<ArchivedMonth> {
  await deps.step?.('begun');
  const written = await writePart(deps, month);
  for (const record of await undroppedOf(deps.database.orm, month)) {
    if (record.part !== written?.part)
      await verifyArchive(await placeOf(record, deps.place), record, deps.keyring);
  }
  // A month takes longer than a query of the pool may.
  const patient = openDatabase({ url: deps.database.url, connectionsMax: 1, queryTimeoutMs: 3_600_000 });
  const rows = await drop({ ...deps, database: patient }, month).finally(() => patient.close());
  await deps.step?.('dropped');
  return { month, files: written === undefined ? [] : [written.file], rows };
}

/** Gives way to whoever reads or writes the log at the moment, and tries again. */
async function drop(deps: ArchiveDeps, month: Month): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await dropOnce(deps, month);
    } catch (error) {
      const code = codeOf(error);
      if (code === notMet) throw new ArchiveBlocked(month, messageOf(error), { cause: error });
      if (code !== lockNotAvailable && code !== deadlockDetected) throw error;
      if (tries >= dropTries)
        throw new ArchiveBlocked(month, 'the log is being read all the time; it is tried again', {
          cause: error,
        });
    }
    await delay(dropPauseMs, undefined, deps.signal && { signal: deps.signal });
  }
}

async function dropOnce({ database, clock }: ArchiveDeps, month: Month): Promise<number> {
  return database.orm.transaction(async (tx) => {
    const { rows } = await tx.execute<{ dropped: string }>(
      sql`SELECT keyward_drop_archived_month(${dateOfMonth(month)}) AS dropped`,
    );
    const dropped = Number(rows[0]?.dropped ?? 0);
    const after = { rows: dropped };
    const change = {
      action: 'audit.drop_month',
      objectType: 'audit_month',
      objectIds: [month],
      before: null,
      after,
    };
    await recordChange(tx, { via: 'job' }, change, clock);
    return dropped;
  });
}

const notMet = '55000';
const lockNotAvailable = '55P03';
const deadlockDetected = '40P01';

function databaseError(error: unknown): pg.DatabaseError | undefined {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return cause instanceof pg.DatabaseError ? cause : undefined;
}

function codeOf(error: unknown): string | undefined {
  return databaseError(error)?.code;
}

function messageOf(error: unknown): string {
  return databaseError(error)?.message ?? '';
}

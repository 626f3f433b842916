import { rmSync } from 'node:fs';
import pg from 'pg';
import { openTransaction } from '../../database/open-transaction.ts';
import { type OldMonth, oldMonths } from './archivable-months.ts';
import type { ArchiveDeps } from './archive-deps.ts';
import { ArchiveBlocked } from './archive-errors.ts';
import { type ArchivedMonth, archiveMonth } from './archive-month.ts';
import type { Month } from './month.ts';

export interface ArchiveWish {
  /** This month alone; default all that are old enough. */
  readonly month?: Month | undefined;
}

export interface ArchiveReport {
  readonly archived: readonly ArchivedMonth[];
  /** Months that are old enough and could not be archived, with the reason in words. */
  readonly blocked: readonly { readonly month: Month; readonly why: string }[];
}

export const onlineDaysMin = 90;

const archiveLock = 0x6b657961; // "keya"

/**
 * Archives every month that is old enough (A5), one process at a time over all nodes; a second one does nothing. Throws
 * `ArchiveFault` when a written archive is not what was written, and what the place or the database throws.
 */
export async function archiveMonths(deps: ArchiveDeps, { month }: ArchiveWish = {}): Promise<ArchiveReport> {
  const archived: ArchivedMonth[] = [];
  const blocked: { month: Month; why: string }[] = [];
  const lock = await takeLock(deps);
  if (lock === undefined) return { archived, blocked };
  try {
    for (const old of await archivableMonths(deps, month)) {
      deps.signal?.throwIfAborted();
      try {
        if (old.waitsFor.length > 0) throw new ArchiveBlocked(old.month, waitingWords(old));
        archived.push(await archiveMonth(deps, old.month));
      } catch (error) {
        if (!(error instanceof ArchiveBlocked)) throw error;
        blocked.push({ month: old.month, why: error.message });
      }
    }
  } finally {
    // Drafts are nobody's but the holder's of the lock; those of a try that died go with the next.
    rmSync(deps.draftsFolder, { recursive: true, force: true });
    await lock.end();
  }
  return { archived, blocked };
}

/** What `archiveMonths` would take on, changing nothing. */
export async function archivableMonths(
  { database, clock, onlineDays }: Pick<ArchiveDeps, 'database' | 'clock' | 'onlineDays'>,
  month?: Month,
): Promise<OldMonth[]> {
  if (onlineDays < onlineDaysMin) throw new Error('the audit log is kept online for at least 90 days');
  const months = await oldMonths(database.orm, onlineDays, clock.now());
  return months.filter((old) => month === undefined || old.month === month);
}

function waitingWords({ waitsFor }: OldMonth): string {
  return (
    `the journal of ${waitsFor.join(', ')} may hold entries of it. Start that node once, take its journal in with ` +
    '`keyward audit adopt FOLDER`, or go on `--without-node ID` if it is lost; what still comes is a supplement'
  );
}

async function takeLock({ database }: ArchiveDeps): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: database.url,
    application_name: 'keyward archive',
    keepAlive: true,
  });
  client.on('error', () => {});
  await client.connect();
  await client.query(openTransaction);
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
    archiveLock,
  ]);
  if (rows[0]?.held === true) return client;
  await client.end();
  return undefined;
}

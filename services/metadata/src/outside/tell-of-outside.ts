import { type Job, operatorsOf, queueMail } from '@keyward/guard';
import type { Database, Transaction } from '@keyward/guard/database';
import { and, eq, inArray, sql } from 'drizzle-orm';
import {
  type OutsideServiceName,
  type OutsideServiceRow,
  outsideServices,
} from './outside-services-table.ts';
import { outsideWords } from './outside-words.ts';

export interface OutsideAlerts {
  readonly database: Database;
  /** Those that are set up. */
  readonly names: readonly OutsideServiceName[];
  /** Told besides all super_admins. */
  readonly securityContact: string | undefined;
}

/** Outages are usual; one that lasts is told. */
const awayToldAfterMs = 15 * 60_000;
/** A state that comes and goes is told once in so long. */
const toldEveryMs = 3600_000;

/** The work that this takes: none where nothing is set up. */
export function outsideJobs(alerts: OutsideAlerts): readonly Job[] {
  return alerts.names.length === 0 ? [] : [tellOfOutside(alerts)];
}

/**
 * Tells operators by mail and log of a provider or store that refuses our credentials, or stays away, and of its return
 * (M4, O6).
 */
export function tellOfOutside({
  database,
  names,
  securityContact,
}: OutsideAlerts): Job<'metadata-outside-services'> {
  return {
    name: 'metadata-outside-services',
    schedule: '@every 15s',
    async run(_input, { clock, log }) {
      const nowMs = clock.now();
      await database.orm.transaction(async (tx) => {
        const changed = await tx
          .select()
          .from(outsideServices)
          .where(
            and(
              inArray(outsideServices.name, names),
              sql`${outsideServices.state} <> ${outsideServices.toldState}`,
            ),
          )
          .for('update', { skipLocked: true });
        for (const row of changed.filter((one) => isToBeTold(one, nowMs))) {
          await tell(tx, row, await operatorsOf(tx, securityContact, nowMs), nowMs);
          const { subject } = outsideWords(row);
          log[row.state === 'ok' ? 'warn' : 'error']({ service: row.name, detail: row.detail }, subject);
        }
      });
    },
  };
}

function isToBeTold({ state, toldState, since, toldAt }: OutsideServiceRow, nowMs: number): boolean {
  if (state === 'ok') return true;
  // A graver state is never hidden behind one that was told.
  if (state === 'refused' && toldState === 'away') return true;
  if (toldAt !== null && nowMs - toldAt.getTime() < toldEveryMs) return false;
  return state === 'refused' || nowMs - since.getTime() >= awayToldAfterMs;
}

async function tell(
  tx: Transaction,
  row: OutsideServiceRow,
  operators: readonly string[],
  nowMs: number,
): Promise<void> {
  const { name, state, since } = row;
  for (const to of operators)
    await queueMail(tx, {
      to,
      dedupeKey: `outside ${name} ${state} ${since.toISOString()} ${to}`,
      ...outsideWords(row),
    });
  await tx
    .update(outsideServices)
    // When it comes back is no reason to tell of the next failure sooner.
    .set({ toldState: state, ...(state !== 'ok' && { toldAt: new Date(nowMs) }) })
    .where(eq(outsideServices.name, name));
}

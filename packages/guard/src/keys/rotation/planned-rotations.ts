import { and, asc, eq, lte, sql } from 'drizzle-orm';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Database } from '../../database/database.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import type { Job, JobContext } from '../../jobs/job.ts';
import { isProblem } from '../../reply.ts';
import { plannedRotations } from '../schema.ts';
import { lockKey } from './lock-key.ts';
import { rotateLocked } from './rotate-key.ts';

const atOnce = 100;
const job: Actor = { via: 'job' };

/** Rotates the keys whose time has come (K7). Their owners get links by mail; nobody sees a secret. */
export function plannedRotationsJob(database: Database, keyring: Keyring): Job<'planned-rotations'> {
  return {
    name: 'planned-rotations',
    schedule: '@every 60s',
    async run(_input, context) {
      const failed = new Map<string, unknown>();
      for (;;) {
        const due = await duePlans(database, context.clock.now(), [...failed.keys()]);
        for (const keyId of due) {
          if (context.signal.aborted) return;
          await rotateAsPlanned(database, keyring, keyId, context).catch((error) => failed.set(keyId, error));
        }
        if (due.length < atOnce) break;
      }
      // One that fails does not hold up the others; the run is tried again for it.
      const [first] = failed.values();
      if (first !== undefined) throw first;
    },
  };
}

async function duePlans({ orm }: Database, nowMs: number, failed: string[]): Promise<string[]> {
  const due = await orm
    .select({ keyId: plannedRotations.keyId })
    .from(plannedRotations)
    .where(
      and(
        lte(plannedRotations.rotateAt, new Date(nowMs)),
        sql`${plannedRotations.keyId} <> ALL (${sql.param(failed)}::text[])`,
      ),
    )
    .orderBy(asc(plannedRotations.rotateAt))
    .limit(atOnce);
  return due.map(({ keyId }) => keyId);
}

/** The plan ends in the transaction that carries it out: whoever comes second finds none. */
async function rotateAsPlanned(
  database: Database,
  keyring: Keyring,
  keyId: string,
  { clock, log }: JobContext,
): Promise<void> {
  await database.orm.transaction(async (tx) => {
    const locked = await lockKey(tx, keyId);
    const isDue = and(
      eq(plannedRotations.keyId, keyId),
      lte(plannedRotations.rotateAt, new Date(clock.now())),
    );
    const [plan] = await tx.delete(plannedRotations).where(isDue).returning();
    if (locked === undefined || plan === undefined) return;
    const request = { id: keyId, graceMs: plan.graceMs, reason: plan.reason, deliver: 'claim' } as const;
    const rotated = await rotateLocked(tx, { keyring, clock }, locked, request, job);
    if (!isProblem(rotated)) return;
    log.warn({ key: keyId, reason: rotated.detail }, 'a planned rotation could not be carried out');
    const after = { dropped: rotated.detail ?? rotated.code };
    const change = {
      action: 'keys.drop_rotation',
      objectType: 'key',
      objectIds: [keyId],
      before: plan,
      after,
    };
    await recordChange(tx, job, change, clock);
  });
}

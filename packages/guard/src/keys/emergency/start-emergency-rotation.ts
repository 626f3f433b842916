import { eq, sql } from 'drizzle-orm';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import { type Database, openDatabase, type Transaction } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import { uuidv7 } from '../../ids.ts';
import { isProblem, type Problem } from '../../reply.ts';
import { emergencyRotations, type KeySelection } from '../schema.ts';
import { type EmergencyWish, livingKeys } from './emergency-selection.ts';
import type { EmergencyRotation } from './emergency-status.ts';
import { resolveSelection } from './resolve-selection.ts';

export interface EmergencyDeps {
  readonly database: Database;
  readonly clock: Clock;
}

/** `nothing`: no living key was selected, and nothing was made. */
export type EmergencyStart =
  | { readonly kind: 'started'; readonly rotation: EmergencyRotation }
  | { readonly kind: 'nothing' };

/** One statement stops all keys; a hundred thousand of them may take longer than a query of a request may. */
const stoppingMsMax = 600_000;

/**
 * Stops every living key of the selection at once (K8), or at the end of its grace. The successors are made by
 * `continueEmergencyRotation`. 422 for an empty selection without `all`, 404 for an unknown owner.
 */
export async function startEmergencyRotation(
  deps: EmergencyDeps,
  wish: EmergencyWish,
  actor: Actor,
): Promise<EmergencyStart | Problem> {
  const selection = await resolveSelection(deps.database.orm, wish.selection);
  if (isProblem(selection)) return selection;
  const patient = openDatabase({
    url: deps.database.url,
    connectionsMax: 1,
    queryTimeoutMs: stoppingMsMax,
  });
  try {
    return await patient.orm.transaction((tx) => stop(tx, deps.clock, { ...wish, selection }, actor));
  } finally {
    await patient.close();
  }
}

async function stop(
  tx: Transaction,
  clock: Clock,
  { selection, reason, graceMs }: Omit<EmergencyWish, 'selection'> & { selection: KeySelection },
  actor: Actor,
): Promise<EmergencyStart> {
  // Whoever writes a key is let finish first: one that is not yet committed would be missed and live on. Reading goes on.
  await tx.execute(sql`LOCK TABLE ${apiKeys} IN EXCLUSIVE MODE`);
  const now = new Date(clock.now());
  const id = uuidv7(now.getTime());
  const startedBy = actor.userId ?? null;
  await tx
    .insert(emergencyRotations)
    .values({ id, reason, selection, graceMs, keysStopped: 0, startedBy, createdAt: now });
  const { rowCount: keysStopped } = await tx
    .update(apiKeys)
    .set({ emergencyId: id, ...ending(now, graceMs) })
    .where(livingKeys(selection, now));
  const ours = eq(emergencyRotations.id, id);
  if (keysStopped === 0 || keysStopped === null) {
    await tx.delete(emergencyRotations).where(ours);
    return { kind: 'nothing' };
  }
  const [rotation] = await tx.update(emergencyRotations).set({ keysStopped }).where(ours).returning();
  if (rotation === undefined) throw new Error('the emergency rotation was not stored');
  await recordChange(
    tx,
    actor,
    {
      action: 'keys.emergency_rotate',
      objectType: 'emergency_rotation',
      objectIds: [id],
      before: null,
      after: { selection, reason, graceMs, keysStopped },
    },
    clock,
  );
  return { kind: 'started', rotation };
}

function ending(now: Date, graceMs: number) {
  if (graceMs === 0) return { isActive: false, deactivatedAt: now, graceEndsAt: now };
  const latest = new Date(now.getTime() + graceMs).toISOString();
  // LEAST passes over NULL.
  return {
    graceEndsAt: sql`least(${latest}::timestamptz, ${apiKeys.expiresAt}, ${apiKeys.graceEndsAt})`,
  };
}

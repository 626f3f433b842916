import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Clock } from '../../clock.ts';
import type { Transaction } from '../../database/database.ts';
import { apiKeys, users } from '../../database/schema.ts';
import { uuidv7 } from '../../ids.ts';
import { successorValues } from '../rotation/successor.ts';
import { emergencyRotations, keyRotations } from '../schema.ts';
import type { EmergencyRotation } from './emergency-status.ts';
import { insertRotations, insertSuccessors } from './insert-successors.ts';
import { isServed } from './is-served.ts';
import { openClaims } from './open-claims.ts';

type Key = typeof apiKeys.$inferSelect;

/** Keys of a rotation are walked in this order. */
export interface KeyPlace {
  readonly userId: string;
  readonly id: string;
}

/** Makes the successors of the next keys after `after`; when there are none, the owners are next. Gives the last key. */
export async function replaceBatch(
  tx: Transaction,
  clock: Clock,
  rotation: EmergencyRotation,
  after: KeyPlace,
  keysAtOnce: number,
): Promise<KeyPlace> {
  const now = new Date(clock.now());
  const keys = await lockKeys(tx, rotation.id, after, keysAtOnce);
  const last = keys.at(-1);
  const ours = eq(emergencyRotations.id, rotation.id);
  if (last === undefined) {
    await tx.update(emergencyRotations).set({ state: 'telling' }).where(ours);
    return after;
  }
  const owed = await withoutSuccessor(tx, keys, now);
  if (owed.length > 0) {
    await makeSuccessors(tx, now, rotation, owed);
    await tx
      .update(emergencyRotations)
      .set({ keysReplaced: sql`${emergencyRotations.keysReplaced} + ${owed.length}` })
      .where(ours);
  }
  return { userId: last.userId, id: last.id };
}

async function lockKeys(tx: Transaction, id: string, after: KeyPlace, limit: number): Promise<Key[]> {
  return tx
    .select()
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.emergencyId, id),
        sql`(${apiKeys.userId}, ${apiKeys.id}) > (${after.userId}, ${after.id})`,
      ),
    )
    .orderBy(asc(apiKeys.userId), asc(apiKeys.id))
    .limit(limit)
    .for('no key update');
}

/** A statement of its own after the lock: it sees what whoever held one of the keys has committed. */
async function withoutSuccessor(tx: Transaction, keys: readonly Key[], now: Date): Promise<Key[]> {
  const rows = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .leftJoin(keyRotations, eq(keyRotations.oldKeyId, apiKeys.id))
    .where(
      and(
        // One parameter, however many keys.
        inArray(apiKeys.id, sql`(SELECT unnest(${sql.param(keys.map(({ id }) => id))}::text[]))`),
        isNull(keyRotations.id),
        isServed(now),
      ),
    );
  const owed = new Set(rows.map(({ id }) => id));
  return keys.filter(({ id }) => owed.has(id));
}

async function makeSuccessors(
  tx: Transaction,
  now: Date,
  { id: emergencyId, reason }: EmergencyRotation,
  owed: readonly Key[],
): Promise<void> {
  const nowMs = now.getTime();
  const claims = await openClaims(tx, emergencyId, [...new Set(owed.map(({ userId }) => userId))], nowMs);
  const pairs = owed.map((old) => {
    const claimId = claims.get(old.userId);
    if (claimId === undefined) throw new Error('a claim was not stored');
    return { old, successor: successorValues(old, { id: uuidv7(nowMs), nowMs, secret: { claimId } }) };
  });
  await insertSuccessors(
    tx,
    pairs.map(({ successor }) => successor),
  );
  await insertRotations(
    tx,
    pairs.map(({ old, successor }) => ({
      id: uuidv7(nowMs),
      userId: old.userId,
      reason,
      timestamp: now,
      oldKeyId: old.id,
      newKeyId: successor.id,
    })),
  );
}

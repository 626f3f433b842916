import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Transaction } from '../../database/database.ts';
import { users } from '../../database/schema.ts';
import { queueMail } from '../../notify/queue-mail.ts';
import { emergencyRotations, keyClaims } from '../schema.ts';
import type { EmergencyRotation } from './emergency-status.ts';
import { isServed } from './is-served.ts';
import { keysOfOwners } from './keys-of-owners.ts';
import { ownerMail } from './owner-mail.ts';

const byJob: Actor = { via: 'job' };

/** Queues the mails of the next owners after `after`; when there are none, the rotation is done. Gives the last owner. */
export async function tellBatch(
  tx: Transaction,
  clock: Clock,
  rotation: EmergencyRotation,
  after: string,
  ownersAtOnce: number,
): Promise<string> {
  const owners = await nextOwners(tx, rotation.id, after, ownersAtOnce);
  const last = owners.at(-1);
  if (last === undefined) {
    await finish(tx, clock, rotation);
    return after;
  }
  const told = await tell(tx, clock, rotation, owners);
  if (told > 0) {
    await tx
      .update(emergencyRotations)
      .set({ ownersTold: sql`${emergencyRotations.ownersTold} + ${told}` })
      .where(eq(emergencyRotations.id, rotation.id));
  }
  return last;
}

/** Owners of keys that it stopped, and of claims that it opened: a later rotation may have taken the keys over. */
async function nextOwners(tx: Transaction, id: string, after: string, limit: number): Promise<string[]> {
  const { rows } = await tx.execute<{ user_id: string }>(sql`
    (SELECT DISTINCT user_id FROM api_keys WHERE emergency_id = ${id} AND user_id > ${after}
      ORDER BY user_id LIMIT ${limit})
    UNION
    (SELECT user_id FROM key_claims WHERE emergency_id = ${id} AND user_id > ${after}
      ORDER BY user_id LIMIT ${limit})
    ORDER BY user_id LIMIT ${limit}`);
  return rows.map(({ user_id }) => user_id);
}

/** How many were told now. One of whom no mail can be sent must not keep the others from theirs. */
async function tell(
  tx: Transaction,
  clock: Clock,
  rotation: EmergencyRotation,
  owners: readonly string[],
): Promise<number> {
  const people = await tx
    .select({ id: users.id, email: users.email, claimId: keyClaims.id, expiresAt: keyClaims.expiresAt })
    .from(users)
    .leftJoin(keyClaims, and(eq(keyClaims.userId, users.id), eq(keyClaims.emergencyId, rotation.id)))
    .where(
      and(
        inArray(users.id, sql`(SELECT unnest(${sql.param([...owners])}::text[]))`),
        isServed(new Date(clock.now())),
      ),
    )
    .orderBy(asc(users.id));
  const keys = await keysOfOwners(tx, rotation.id, owners);
  let told = 0;
  for (const { id, email, claimId, expiresAt } of people) {
    const claim = claimId === null || expiresAt === null ? undefined : { id: claimId, expiresAt };
    const mail = ownerMail(rotation, keys.get(id), claim);
    const dedupeKey = claimId ?? `${rotation.id} ${id}`;
    if (await queueMail(tx, { to: email, dedupeKey, ...mail })) told += 1;
  }
  return told;
}

async function finish(tx: Transaction, clock: Clock, rotation: EmergencyRotation): Promise<void> {
  const finishedAt = new Date(clock.now());
  const { id, keysStopped, keysReplaced, ownersTold } = rotation;
  await tx.update(emergencyRotations).set({ state: 'done', finishedAt }).where(eq(emergencyRotations.id, id));
  await recordChange(
    tx,
    byJob,
    {
      action: 'keys.emergency_rotated',
      objectType: 'emergency_rotation',
      objectIds: [id],
      before: { state: rotation.state },
      after: { state: 'done', keysStopped, keysReplaced, ownersTold },
    },
    clock,
  );
}

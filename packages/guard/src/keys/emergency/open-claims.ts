import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { uuidv7 } from '../../ids.ts';
import { claimLastsMs } from '../claims/open-claim.ts';
import { keyClaims } from '../schema.ts';

/** The claim of each person in a rotation, opened where it is missing: `openClaim` for many at once. Ids by user id. */
export async function openClaims(
  tx: Transaction,
  emergencyId: string,
  userIds: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, string>> {
  const people = sql.param([...userIds]);
  const ids = sql.param(userIds.map(() => uuidv7(nowMs)));
  const createdAt = new Date(nowMs).toISOString();
  const expiresAt = new Date(nowMs + claimLastsMs).toISOString();
  await tx.execute(sql`INSERT INTO ${keyClaims} (id, user_id, emergency_id, created_at, expires_at)
    SELECT claim.id, claim.user_id, ${emergencyId}, ${createdAt}::timestamptz, ${expiresAt}::timestamptz
    FROM unnest(${ids}::text[], ${people}::text[]) AS claim (id, user_id)
    ON CONFLICT (emergency_id, user_id) DO NOTHING`);
  const rows = await tx
    .select({ id: keyClaims.id, userId: keyClaims.userId })
    .from(keyClaims)
    .where(
      and(
        eq(keyClaims.emergencyId, emergencyId),
        inArray(keyClaims.userId, sql`(SELECT unnest(${people}::text[]))`),
      ),
    );
  return new Map(rows.map(({ id, userId }) => [userId, id]));
}

import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database } from '../../database/database.ts';
import { apiKeys, users } from '../../database/schema.ts';
import { emergencyRotations, keyRotations } from '../schema.ts';

/** Why a stopped key has no successor; `not_yet`: it is about to get one. */
export type WhyNoSuccessor = 'not_yet' | 'owner_banned' | 'owner_deleted' | 'owner_was_banned';

/** What became of one key that an emergency rotation stopped. */
export interface RotatedKey {
  readonly id: string;
  readonly createdAt: Date;
  readonly name: string;
  readonly prefix: string;
  readonly userId: string;
  readonly successorId: string | null;
  readonly whyNoSuccessor: WhyNoSuccessor | null;
  /** Whether the successor has a secret. */
  readonly isClaimed: boolean;
}

const successor = alias(apiKeys, 'successor');
const { id, createdAt, name, prefix, userId } = getTableColumns(apiKeys);

/** A page of the keys that an emergency rotation stopped, by owner. `after` is the last key of the page before. */
export async function rotatedKeys(
  { orm }: Database,
  emergencyId: string,
  page: { readonly limit: number; readonly after?: { readonly id: string } },
): Promise<RotatedKey[]> {
  const { limit, after } = page;
  const later =
    after &&
    sql`(${apiKeys.userId}, ${apiKeys.id}) > (SELECT last.user_id, last.id FROM ${apiKeys} AS last WHERE last.id = ${after.id})`;
  const rows = await orm
    .select({
      ...{ id, createdAt, name, prefix, userId },
      successorId: keyRotations.newKeyId,
      successorClaimId: successor.claimId,
      claimedAt: successor.claimedAt,
      state: emergencyRotations.state,
      isBanned: users.banned,
      isDeleted: sql<boolean>`${users.deletedAt} IS NOT NULL`,
    })
    .from(apiKeys)
    .innerJoin(emergencyRotations, eq(emergencyRotations.id, apiKeys.emergencyId))
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .leftJoin(keyRotations, eq(keyRotations.oldKeyId, apiKeys.id))
    .leftJoin(successor, eq(successor.id, keyRotations.newKeyId))
    .where(and(eq(apiKeys.emergencyId, emergencyId), later))
    .orderBy(asc(apiKeys.userId), asc(apiKeys.id))
    .limit(limit);
  return rows.map(({ successorClaimId, claimedAt, state, isBanned, isDeleted, ...key }) => ({
    ...key,
    whyNoSuccessor: key.successorId === null ? whyNone(isDeleted, isBanned, state) : null,
    isClaimed: key.successorId !== null && (successorClaimId === null || claimedAt !== null),
  }));
}

/** All of them, a page at a time. */
export async function* eachRotatedKey(
  database: Database,
  emergencyId: string,
  after?: { readonly id: string },
): AsyncGenerator<RotatedKey> {
  const limit = 1000;
  for (let last = after; ; ) {
    const keys = await rotatedKeys(database, emergencyId, { limit, ...(last && { after: last }) });
    yield* keys;
    last = keys.at(-1);
    if (keys.length < limit) return;
  }
}

function whyNone(isDeleted: boolean, isBanned: boolean, state: string): WhyNoSuccessor {
  if (isDeleted) return 'owner_deleted';
  if (isBanned) return 'owner_banned';
  return state === 'replacing' ? 'not_yet' : 'owner_was_banned';
}

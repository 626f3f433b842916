import { and, asc, eq, exists, gt, isNull, or } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { apiKeys, users } from '../../database/schema.ts';
import { keyClaims } from '../schema.ts';

export interface OpenClaim {
  readonly id: string;
  readonly userId: string;
  readonly email: string;
  /** Keys without a secret. */
  readonly keysWaiting: number;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface OpenClaimsFilter {
  readonly userId?: string;
  /** Those that have expired too: they can be renewed. Default false. */
  readonly includesExpired?: boolean;
  readonly limit: number;
  /** The last claim of the page before. */
  readonly after?: { readonly id: string; readonly createdAt: Date };
}

/** The claims that somebody can still use, oldest first: what an operator passes on where no mail can be sent (K8). */
export async function openClaims(
  { orm }: Database,
  { userId, includesExpired, limit, after }: OpenClaimsFilter,
  nowMs: number,
): Promise<OpenClaim[]> {
  const { id, createdAt } = keyClaims;
  const isWaiting = and(
    eq(apiKeys.claimId, id),
    isNull(apiKeys.claimedAt),
    isNull(apiKeys.revokedAt),
    eq(apiKeys.isActive, true),
  );
  return orm
    .select({
      id,
      userId: keyClaims.userId,
      email: users.email,
      keysWaiting: orm.$count(apiKeys, isWaiting),
      createdAt,
      expiresAt: keyClaims.expiresAt,
    })
    .from(keyClaims)
    .innerJoin(users, eq(users.id, keyClaims.userId))
    .where(
      and(
        includesExpired === true ? undefined : gt(keyClaims.expiresAt, new Date(nowMs)),
        userId === undefined ? undefined : eq(keyClaims.userId, userId),
        exists(orm.select({ id: apiKeys.id }).from(apiKeys).where(isWaiting)),
        after && or(gt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), gt(id, after.id))),
      ),
    )
    .orderBy(asc(createdAt), asc(id))
    .limit(limit);
}

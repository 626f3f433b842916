import { and, asc, eq, gt, or } from 'drizzle-orm';
import { apiKeys, users } from '../../database/schema.ts';
import { isProblem, type Problem } from '../../reply.ts';
import { whyEnded } from '../rotation/lock-key.ts';
import type { ClaimDeps } from './claim-key.ts';
import { readClaimToken } from './claim-token.ts';
import { findClaim, unknownClaim } from './find-claim.ts';

/** A key of a claim. `waiting`: its secret can be made. `ended`: it was stopped before that. */
export interface ClaimedKey {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly environment: 'live' | 'test';
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly state: 'waiting' | 'claimed' | 'ended';
}

export interface ClaimPage {
  readonly limit: number;
  /** The last key of the page before. */
  readonly after?: { readonly id: string; readonly createdAt: Date };
}

/** What a claim holds, oldest first, and until when. Changes nothing. 404 and 410 as `claimKey`. */
export async function listClaim(
  deps: ClaimDeps,
  token: string,
  { limit, after }: ClaimPage,
): Promise<{ expiresAt: Date; keys: ClaimedKey[] } | Problem> {
  const claimId = readClaimToken(deps.keyring, token);
  if (claimId === undefined) return unknownClaim;
  const claim = await findClaim(deps.database.orm, claimId, deps.clock.now());
  if (isProblem(claim)) return claim;
  const { createdAt, id } = apiKeys;
  const rows = await deps.database.orm
    .select({ key: apiKeys, owner: users })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(
      and(
        eq(apiKeys.claimId, claim.id),
        eq(apiKeys.userId, claim.userId),
        after && or(gt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), gt(id, after.id))),
      ),
    )
    .orderBy(asc(createdAt), asc(id))
    .limit(limit);
  const nowMs = deps.clock.now();
  const stateOf = (row: (typeof rows)[number]): ClaimedKey['state'] => {
    if (whyEnded(row, nowMs) !== undefined) return 'ended';
    return row.key.claimedAt === null ? 'waiting' : 'claimed';
  };
  const keys = rows.map((row) => {
    const { name, service, environment, scopes } = row.key;
    return {
      id: row.key.id,
      name,
      service,
      environment,
      scopes,
      createdAt: row.key.createdAt,
      state: stateOf(row),
    };
  });
  return { expiresAt: claim.expiresAt, keys };
}

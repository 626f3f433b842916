import { and, asc, count, eq, gt, isNull } from 'drizzle-orm';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { apiKeys, users } from '../../database/schema.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import { claimLink, claimToken } from '../claims/claim-token.ts';
import { keyClaims } from '../schema.ts';
import { isServed } from './is-served.ts';

export interface ClaimLinkDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Where owners reach the product, without a slash at the end. */
  readonly publicUrl: string;
}

/** For the operator to hand over by a safe way. */
export interface OwnerClaimLink {
  readonly userId: string;
  readonly email: string;
  /** Whoever has it gets the keys. */
  readonly link: string;
  readonly expiresAt: Date;
  /** Keys that still await their secret. */
  readonly keys: number;
}

/** The links of a rotation, by owner: those that are still good for a key. They are computed here and lie nowhere. */
export async function* claimLinks(deps: ClaimLinkDeps, emergencyId: string): AsyncGenerator<OwnerClaimLink> {
  const { database, keyring, clock, publicUrl } = deps;
  const limit = 1000;
  for (let after = ''; ; ) {
    const rows = await openClaimsAfter(database, emergencyId, after, limit, new Date(clock.now()));
    for (const { claimId, ...owner } of rows)
      yield { ...owner, link: claimLink(publicUrl, claimToken(keyring, claimId)) };
    if (rows.length < limit) return;
    after = rows.at(-1)?.userId ?? '';
  }
}

function openClaimsAfter({ orm }: Database, emergencyId: string, after: string, limit: number, now: Date) {
  return orm
    .select({
      claimId: keyClaims.id,
      userId: keyClaims.userId,
      email: users.email,
      expiresAt: keyClaims.expiresAt,
      keys: count(apiKeys.id),
    })
    .from(keyClaims)
    .innerJoin(users, eq(users.id, keyClaims.userId))
    .innerJoin(apiKeys, and(eq(apiKeys.claimId, keyClaims.id), isNull(apiKeys.claimedAt)))
    .where(
      and(
        eq(keyClaims.emergencyId, emergencyId),
        gt(keyClaims.expiresAt, now),
        gt(keyClaims.userId, after),
        isServed(now),
      ),
    )
    .groupBy(keyClaims.id, users.id)
    .orderBy(asc(keyClaims.userId))
    .limit(limit);
}

import { and, asc, eq, isNull } from 'drizzle-orm';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Database, Transaction } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import { isProblem, type Problem, refuse } from '../../reply.ts';
import type { CreatedKey } from '../create-key.ts';
import type { HashNewKeyDeps } from '../hash-new-key.ts';
import { showKey } from '../list-keys.ts';
import { lockKey, whyEnded } from '../rotation/lock-key.ts';
import { newSecret } from '../rotation/new-secret.ts';
import { readClaimToken } from './claim-token.ts';
import { findClaim, unknownClaim } from './find-claim.ts';

export interface ClaimDeps extends HashNewKeyDeps {
  readonly database: Database;
  readonly clock: Clock;
}

const used = refuse('claim_used', { detail: 'The secret of this key was made already.' });
const noSuchKey = refuse('not_found', { detail: 'This claim holds no such key.' });

/**
 * Makes the secret of one key of a claim, exactly once whoever asks how often (K8), and returns the full key. `keyId` may
 * be left out when the claim holds one key without a secret. 404 for a token that we did not make or a key that the claim
 * does not hold, 410 `claim_used` or `claim_expired`, 409 for a key that has ended meanwhile, 422 when a key must be named.
 */
export async function claimKey(
  deps: ClaimDeps,
  token: string,
  keyId: string | undefined,
  from: Pick<Actor, 'requestId' | 'ip'> = {},
): Promise<CreatedKey | Problem> {
  const { database, keyring, clock } = deps;
  // An invented token costs the database nothing.
  const claimId = readClaimToken(keyring, token);
  if (claimId === undefined) return unknownClaim;
  return database.orm.transaction(async (tx) => {
    const claim = await findClaim(tx, claimId, clock.now());
    if (isProblem(claim)) return claim;
    const id = keyId ?? (await onlyKeyLeft(tx, claim.id));
    if (isProblem(id)) return id;
    const locked = await lockKey(tx, id);
    // One that was handed over to somebody else is no longer the claimant's.
    const isTheirs = locked?.key.claimId === claim.id && locked.key.userId === claim.userId;
    if (locked === undefined || !isTheirs) return noSuchKey;
    if (locked.key.claimedAt !== null) return used;
    const ended = whyEnded(locked, clock.now());
    if (ended !== undefined) return refuse('conflict', { detail: `This key ${ended}.` });
    const secret = await newSecret(deps, locked.key);
    if (isProblem(secret)) return secret;
    const [made] = await tx
      .update(apiKeys)
      .set({ ...secret.stored, claimedAt: new Date(clock.now()) })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.keyHash), isNull(apiKeys.claimedAt)))
      .returning({ id: apiKeys.id });
    const row = made === undefined ? undefined : await showKey(tx, made.id);
    if (row === undefined) return used;
    const change = {
      action: 'keys.claim',
      objectType: 'key',
      objectIds: [id],
      before: { claimedAt: null, prefix: locked.key.prefix, lastFour: '' },
      after: { claimedAt: row.claimedAt, prefix: row.prefix, lastFour: row.lastFour, claimId: claim.id },
    };
    await recordChange(tx, { via: 'api', userId: claim.userId, ...from }, change, clock);
    return { row, key: secret.key };
  });
}

/** The one key of a claim that has no secret yet; a refusal when there are none or several. */
async function onlyKeyLeft(tx: Transaction, claimId: string): Promise<string | Problem> {
  const left = await tx
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.claimId, claimId), isNull(apiKeys.claimedAt)))
    .orderBy(asc(apiKeys.id))
    .limit(2);
  if (left.length > 1)
    return refuse('invalid_request', {
      detail: 'This claim holds several keys: key_id must say which.',
      errors: [{ pointer: '/key_id', message: 'must name one of the keys of the claim' }],
    });
  return left[0]?.id ?? used;
}

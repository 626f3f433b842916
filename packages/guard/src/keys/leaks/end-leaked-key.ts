import { and, eq, isNull } from 'drizzle-orm';
import type { Actor } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Transaction } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import { isProblem } from '../../reply.ts';
import { type LockedKey, lockKey, whyEnded } from '../rotation/lock-key.ts';
import { rotateLocked } from '../rotation/rotate-key.ts';
import type { LeakPolicy } from './leak-policy.ts';

/** What became of a key that was presented as leaked. */
export type LeakOutcome = 'revoked' | 'rotated' | 'notified' | 'already_dead';

export interface EndedKey extends LockedKey {
  readonly outcome: LeakOutcome;
  /** Whether this report changed the row. */
  readonly isChanged: boolean;
}

export interface EndLeakedDeps {
  readonly keyring: Keyring;
  readonly clock: Clock;
}

/**
 * Does with one leaked key what the policy says. A key that cannot be rotated is revoked: that it leaked is certain. One
 * that is dead in another way is revoked too, so that nothing brings it back. Undefined when the row is gone.
 */
export async function endLeakedKey(
  tx: Transaction,
  { keyring, clock }: EndLeakedDeps,
  id: string,
  policy: LeakPolicy,
  actor: Actor,
): Promise<EndedKey | undefined> {
  const locked = await lockKey(tx, id);
  if (locked === undefined) return undefined;
  const nowMs = clock.now();
  const isDead = whyEnded(locked, nowMs) !== undefined;
  if (policy === 'notify')
    return { ...locked, outcome: isDead ? 'already_dead' : 'notified', isChanged: false };
  if (policy === 'rotate' && !isDead) {
    const wanted = { id, graceMs: 0, reason: 'leaked', deliver: 'claim' } as const;
    const rotated = await rotateLocked(tx, { keyring, clock }, locked, wanted, actor);
    if (!isProblem(rotated)) return { ...locked, outcome: 'rotated', isChanged: true };
  }
  const revoked = await tx
    .update(apiKeys)
    .set({ revokedAt: new Date(nowMs) })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  const isChanged = revoked.length > 0;
  return { ...locked, outcome: isDead || !isChanged ? 'already_dead' : 'revoked', isChanged };
}

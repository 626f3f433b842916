import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Transaction } from '../database/database.ts';
import { maskEmail, maskSecretsIn } from '../masks.ts';
import type { AccessEnded } from './end-access.ts';
import type { User } from './user.ts';

export interface RecordedChange {
  readonly action: string;
  readonly before: User;
  readonly after: User;
  readonly noted?: Readonly<Record<string, unknown>>;
  readonly ended?: AccessEnded;
}

/** Writes the audit entry of a changed person, and one for the keys that ended with it, so that each is found by its id. */
export async function recordPersonChange(
  tx: Transaction,
  actor: Actor,
  { action, before, after, noted, ended = {} }: RecordedChange,
  clock: Clock,
): Promise<void> {
  const counts = Object.entries(ended).map(([kind, ids]) => [kind, ids.length] as const);
  const change = {
    action,
    objectType: 'user',
    objectIds: [after.id],
    before: shown(before),
    after: { ...shown(after), ...noted, ...(counts.length > 0 && { ended: Object.fromEntries(counts) }) },
  };
  await recordChange(tx, actor, change, clock);
  await recordRevokedKeys(tx, actor, ended.keys ?? [], action, clock);
}

/** One entry for keys that were revoked because of something else. */
export async function recordRevokedKeys(
  tx: Transaction,
  actor: Actor,
  ids: readonly string[],
  because: string,
  clock: Clock,
): Promise<void> {
  if (ids.length === 0) return;
  const after = { revokedAt: new Date(clock.now()), because };
  const change = {
    action: 'keys.revoke',
    objectType: 'key',
    objectIds: ids,
    before: { revokedAt: null },
    after,
  };
  await recordChange(tx, actor, change, clock);
}

function shown({ email, role, banned, banReason, banExpires, deletedAt }: User) {
  const reason = banReason === null ? null : maskSecretsIn(banReason);
  return { email: maskEmail(email), role, banned, banReason: reason, banExpires, deletedAt };
}

import { and, eq, isNull } from 'drizzle-orm';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import { type Problem, refuse } from '../reply.ts';
import { type KeySummary, showKey } from './list-keys.ts';

/** Revokes a key on every node (K10: the trigger on `api_keys` tells them). Revoking twice keeps the first moment. */
export async function revokeKey(
  database: Database,
  id: string,
  actor: Actor,
  clock: Clock,
): Promise<KeySummary | Problem> {
  await database.orm.transaction(async (tx) => {
    const revokedAt = new Date(clock.now());
    const revoked = await tx
      .update(apiKeys)
      .set({ revokedAt })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.id });
    if (revoked.length === 0) return;
    const change = {
      action: 'keys.revoke',
      objectType: 'key',
      objectIds: [id],
      before: { revokedAt: null },
      after: { revokedAt },
    };
    await recordChange(tx, actor, change, clock);
  });
  return (await showKey(database.orm, id)) ?? refuse('not_found', { detail: `There is no key ${id}.` });
}

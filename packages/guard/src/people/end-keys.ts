import { and, eq, isNull } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';
import { apiKeys } from '../database/schema.ts';
import type { AccessEnd } from './end-access.ts';

/**
 * Revokes a person's keys for good, those included that sleep or wait to be claimed: nothing may wake them. A demotion takes
 * the control keys, which need an owner who is an admin (K4); every other key does less by itself with its owner's role.
 */
export async function endKeys(tx: Transaction, { userId, why, at }: AccessEnd): Promise<string[]> {
  const ended = await tx
    .update(apiKeys)
    .set({ revokedAt: at })
    .where(
      and(
        eq(apiKeys.userId, userId),
        isNull(apiKeys.revokedAt),
        why === 'demoted' ? eq(apiKeys.service, 'control') : undefined,
      ),
    )
    .returning({ id: apiKeys.id });
  return ended.map(({ id }) => id);
}

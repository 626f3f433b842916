import { eq } from 'drizzle-orm';
import type { Orm, Transaction } from '../../database/database.ts';
import { type Problem, refuse } from '../../reply.ts';
import { keyClaims } from '../schema.ts';

export const unknownClaim = refuse('not_found', { detail: 'This is no claim of ours.' });
const expired = refuse('claim_expired', { detail: 'This claim has expired.' });

/** The claim of a token that `readClaimToken` has read, while it can be used. */
export async function findClaim(
  orm: Orm | Transaction,
  id: string,
  nowMs: number,
): Promise<typeof keyClaims.$inferSelect | Problem> {
  const [claim] = await orm.select().from(keyClaims).where(eq(keyClaims.id, id));
  if (claim === undefined) return unknownClaim;
  return claim.expiresAt.getTime() <= nowMs ? expired : claim;
}

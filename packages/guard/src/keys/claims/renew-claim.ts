import { eq } from 'drizzle-orm';
import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { queueMail } from '../../notify/queue-mail.ts';
import { findUser } from '../../people/user.ts';
import type { Problem } from '../../reply.ts';
import { keyClaims } from '../schema.ts';
import { claimPlaceholder } from './fill-claim-links.ts';
import { unknownClaim } from './find-claim.ts';
import { claimLastsMs, type OpenedClaim } from './open-claim.ts';

/**
 * Gives the person of a claim another 14 days, also when it has expired (K8), and sends the link again. It is the same
 * link: a key whose secret was made stays as it is. 404 when there is no such claim.
 */
export async function renewClaim(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  id: string,
  actor: Actor,
): Promise<OpenedClaim | Problem> {
  return database.orm.transaction(async (tx) => {
    const [claim] = await tx.select().from(keyClaims).where(eq(keyClaims.id, id)).for('update');
    const owner = claim && (await findUser(tx, claim.userId));
    if (claim === undefined || owner === undefined) return unknownClaim;
    const nowMs = clock.now();
    const expiresAt = new Date(nowMs + claimLastsMs);
    await tx.update(keyClaims).set({ expiresAt }).where(eq(keyClaims.id, id));
    const text = `You can make the new API keys that wait for you here, each once, until ${expiresAt.toISOString()}:

${claimPlaceholder(id)}

It is the link that you got before, and yours alone: do not pass it on.
`;
    const dedupeKey = `renewed:${id}:${expiresAt.getTime()}`;
    await queueMail(tx, {
      to: owner.email,
      subject: 'Your new API keys still wait for you',
      text,
      dedupeKey,
    });
    const change = {
      action: 'keys.renew_claim',
      objectType: 'claim',
      objectIds: [id],
      before: { expiresAt: claim.expiresAt },
      after: { expiresAt },
    };
    await recordChange(tx, actor, change, clock);
    return { id, expiresAt };
  });
}

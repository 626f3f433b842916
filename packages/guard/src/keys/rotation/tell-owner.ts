import type { Transaction } from '../../database/database.ts';
import { asData } from '../../notify/as-data.ts';
import { queueMail } from '../../notify/queue-mail.ts';
import { claimPlaceholder } from '../claims/fill-claim-links.ts';
import type { OpenedClaim } from '../claims/open-claim.ts';
import type { KeySummary } from '../list-keys.ts';

/**
 * Tells the owner that whoever holds the key has replaced it: a thief who does that would otherwise stay unnoticed when
 * the old key stops.
 */
export async function tellOwnerOfHoldersRotation(
  tx: Transaction,
  email: string,
  old: KeySummary,
  successorId: string,
): Promise<void> {
  const text = `Your API key "${asData(old.name)}" (${old.prefix}…${old.lastFour}, ${old.service}, ${old.environment}) was replaced with the key itself.

If that was neither you nor a program of yours, somebody else has the key. Stop both it and its successor:

  keyward keys revoke ${old.id}
  keyward keys revoke ${successorId}
`;
  await queueMail(tx, { to: email, subject: 'Your API key was replaced by its holder', text });
}

/** Queues the mail by which the owner of a rotated key makes the secret of its successor. */
export async function tellOwner(
  tx: Transaction,
  email: string,
  old: KeySummary,
  claim: OpenedClaim,
): Promise<void> {
  const ends = old.isActive
    ? `The old key goes on until ${old.graceEndsAt?.toISOString()} and then stops.`
    : 'The old key has stopped.';
  const text = `Your API key "${asData(old.name)}" (${old.prefix}…${old.lastFour}, ${old.service}, ${old.environment}) was rotated.
${ends}

Make the new key here, once, until ${claim.expiresAt.toISOString()}:

${claimPlaceholder(claim.id)}

It is shown that one time. Whoever has this link can make the key in your place: do not pass it on.
`;
  await queueMail(tx, { to: email, subject: 'Your API key was rotated', text });
}

import { and, eq } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { users } from '../../database/schema.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import { keyClaims } from '../schema.ts';
import { claimLink, claimToken } from './claim-token.ts';

/** What stands in a queued mail where the link will be: the outbox holds no link (K8). */
export function claimPlaceholder(claimId: string): string {
  return `{{claim:${claimId}}}`;
}

const placeholder = /\{\{claim:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}\}/;

/**
 * Puts the links into a mail at the moment of its delivery: only those of claims that belong to the recipient, so that a
 * placeholder that somebody wrote into the name of a key gives nobody the link of another.
 */
export function fillClaimLinks(deps: {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly publicUrl: string;
}): (text: string, recipient: string) => Promise<string> {
  const linkFor = async (claimId: string, recipient: string): Promise<string> => {
    const [claim] = await deps.database.orm
      .select({ id: keyClaims.id })
      .from(keyClaims)
      .innerJoin(users, eq(users.id, keyClaims.userId))
      .where(and(eq(keyClaims.id, claimId), eq(users.email, recipient)));
    return claim === undefined
      ? '(no link: ask the operator for it)'
      : claimLink(deps.publicUrl, claimToken(deps.keyring, claim.id));
  };
  return async (text, recipient) => {
    // Text and placeholders in turn; a mail has one or two, so they are looked up one by one.
    const parts = text.split(placeholder);
    for (let at = 1; at < parts.length; at += 2) parts[at] = await linkFor(parts[at] as string, recipient);
    return parts.join('');
  };
}

import { hash } from 'node:crypto';
import type { Transaction } from '../../database/database.ts';
import { asData } from '../../notify/as-data.ts';
import { operatorsOf } from '../../notify/operators.ts';
import { queueMail } from '../../notify/queue-mail.ts';
import type { EndedKey } from './end-leaked-key.ts';

/** A key of which people are told, and where it was found, when somebody trustworthy says so. */
export interface ToldKey extends EndedKey {
  readonly foundAt: string | undefined;
}

const happened = {
  revoked: 'It was revoked and works no more.',
  rotated: 'It was stopped. Another mail has a link by which you make its successor.',
  notified: 'It still works. Replace it now and revoke it.',
  already_dead: 'It had stopped before.',
} as const;

/** Tells the owner, once for each key whoever reports it how often. False when that was done before. */
export async function tellOwnerOfLeak(tx: Transaction, told: ToldKey): Promise<boolean> {
  const { key, owner, outcome, foundAt } = told;
  const where = foundAt === undefined ? '' : `\nFound at: ${foundAt}\n`;
  const text = `Your API key ${nameOf(told)} was reported as leaked: others have it.
${happened[outcome]}
${where}
Look at what was done with it since then, in its history, and take it out of wherever it was found: removing it from the
newest version of a file leaves it in the history.
`;
  const mail = { to: owner.email, subject: 'Your API key has leaked', text };
  return queueMail(tx, { ...mail, dedupeKey: `leaked:${key.id}` });
}

/** Tells every super_admin and the security contact, in one mail for all keys of a report. */
export async function tellOperatorsOfLeak(
  tx: Transaction,
  told: readonly ToldKey[],
  reportedBy: string,
  securityContact: string | undefined,
  nowMs: number,
): Promise<void> {
  const lines = told.map(
    (one) =>
      `- ${nameOf(one)}, key ${one.key.id} of person ${one.owner.id}: ${one.outcome}${one.foundAt === undefined ? '' : `, ${one.foundAt}`}`,
  );
  const count = told.length === 1 ? 'An API key was' : `${told.length} API keys were`;
  const text = `${count} reported as leaked by ${reportedBy}:\n\n${lines.join('\n')}\n\nWhat was done with a key is in the audit log under its id.\n`;
  const ids = hash(
    'sha256',
    told
      .map(({ key }) => key.id)
      .sort()
      .join(' '),
    'hex',
  ).slice(0, 32);
  for (const to of await operatorsOf(tx, securityContact, nowMs)) {
    const mail = { to, subject: `${count} reported as leaked`, text };
    await queueMail(tx, { ...mail, dedupeKey: `leaked:${ids}:${to}` });
  }
}

function nameOf({ key }: ToldKey): string {
  return `"${asData(key.name)}" (${key.prefix}…${key.lastFour})`;
}

import type { Transaction } from '../database/database.ts';
import { endKeys } from './end-keys.ts';

/** Whose access ends, why and when. A demotion ends only what the old role alone allowed (K10). */
export interface AccessEnd {
  readonly userId: string;
  readonly why: 'banned' | 'deleted' | 'demoted';
  readonly at: Date;
}

/** Ends one kind of access in the transaction and gives the ids of what it ended. */
export type AccessEnder = (tx: Transaction, end: AccessEnd) => Promise<readonly string[]>;

/** Ids of what was ended, by kind. */
export type AccessEnded = Readonly<Record<string, readonly string[]>>;

/** Every way into the product that a person can hold. A new one is a line here. */
export const accessEnders: Readonly<Record<string, AccessEnder>> = { keys: endKeys };

/** Ends what a person may come in by: the one place that does, whatever the reason. */
export async function endAccess(tx: Transaction, end: AccessEnd): Promise<AccessEnded> {
  const ended: Record<string, readonly string[]> = {};
  for (const [kind, ender] of Object.entries(accessEnders)) ended[kind] = await ender(tx, end);
  return ended;
}

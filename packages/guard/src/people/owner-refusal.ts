import type { Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import { type Problem, refuse } from '../reply.ts';
import { isCalled, type User } from './user.ts';

/** Whether a person is banned at a moment (Unix milliseconds). */
export function isBanned(
  { banned, banExpires }: Pick<User, 'banned' | 'banExpires'>,
  nowMs: number,
): boolean {
  return banned && (banExpires === null || banExpires.getTime() > nowMs);
}

/** Why nobody may make, rotate or claim keys of this person, or hand anything over to them: deleted or banned (K10). */
export function ownerRefusal(user: User, nowMs: number): Problem | undefined {
  if (user.deletedAt !== null) return noPerson(user.id);
  if (isBanned(user, nowMs)) return refuse('conflict', { detail: `The person ${user.id} is banned.` });
  return undefined;
}

/**
 * The owner of a key that is about to be made, or why there will be none. Until the transaction ends nobody can ban, delete
 * or demote them, so that no key is made behind an ending of all keys. Must come before any key is locked.
 */
export async function keyOwner(tx: Transaction, idOrEmail: string, nowMs: number): Promise<User | Problem> {
  const [owner] = await tx.select().from(users).where(isCalled(idOrEmail)).for('key share');
  if (owner === undefined) return noPerson(idOrEmail);
  return ownerRefusal(owner, nowMs) ?? owner;
}

export function noPerson(idOrEmail: string): Problem {
  return refuse('not_found', { detail: `There is no person ${idOrEmail}.` });
}

import { or } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import type { Problem } from '../reply.ts';
import { noPerson } from './owner-refusal.ts';
import { isCalled, type User } from './user.ts';

/** The row of a living person, nobody else's to change until the transaction ends. 404 for everybody else. */
export async function lockPerson(tx: Transaction, idOrEmail: string): Promise<User | Problem> {
  const [user] = await tx.select().from(users).where(isCalled(idOrEmail)).for('update');
  return user === undefined || user.deletedAt !== null ? noPerson(idOrEmail) : user;
}

/** The rows of two people, also deleted ones, locked in one order whoever comes first, so that none waits in a circle. */
export async function lockTwo(tx: Transaction, one: string, other: string): Promise<[User, User] | Problem> {
  const rows = await tx
    .select()
    .from(users)
    .where(or(isCalled(one), isCalled(other)))
    .orderBy(users.id)
    .for('update');
  const called = (name: string) =>
    rows.find(
      ({ id, email, deletedAt }) => id === name || (email === name.toLowerCase() && deletedAt === null),
    );
  const [first, second] = [called(one), called(other)];
  if (first === undefined) return noPerson(one);
  return second === undefined ? noPerson(other) : [first, second];
}

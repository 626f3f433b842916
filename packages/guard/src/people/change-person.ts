import { eq } from 'drizzle-orm';
import type { Actor } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import type { Problem } from '../reply.ts';
import { type AccessEnd, type AccessEnded, endAccess } from './end-access.ts';
import { recordPersonChange } from './record-person-change.ts';
import type { User } from './user.ts';

export interface PeopleDeps {
  readonly database: Database;
  readonly clock: Clock;
}

export interface PersonChanged {
  readonly user: User;
  /** Ids of what ended with the change. */
  readonly ended: AccessEnded;
}

export interface PersonChange {
  /** The audit action, such as `users.ban`. */
  readonly action: string;
  readonly set: Partial<User>;
  /** Why access ends with it; without, nothing ends. */
  readonly ends?: AccessEnd['why'] | undefined;
  /** More for the audit entry. */
  readonly noted?: Readonly<Record<string, unknown>>;
}

/** Changes a person whose row is locked, ends their access where that follows, and records both. */
export async function changePerson(
  tx: Transaction,
  before: User,
  change: PersonChange,
  actor: Actor,
  clock: Clock,
): Promise<PersonChanged> {
  const at = new Date(clock.now());
  const [user] = await tx
    .update(users)
    .set({ ...change.set, updatedAt: at })
    .where(eq(users.id, before.id))
    .returning();
  if (user === undefined) throw new Error('a locked person is gone');
  const { ends } = change;
  const ended = ends === undefined ? {} : await endAccess(tx, { userId: user.id, why: ends, at });
  await recordPersonChange(tx, actor, { ...change, before, after: user, ended }, clock);
  return { user, ended };
}

export type Changed = PersonChanged | Problem;

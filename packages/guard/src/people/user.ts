import { and, desc, eq, isNull, lt, or } from 'drizzle-orm';
import { z } from 'zod';
import { roles } from '../access/roles.ts';
import { type Actor, recordChange } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Database, Orm, Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import { displayName } from '../display-name.ts';
import { uuidv7 } from '../ids.ts';
import { maskEmail } from '../masks.ts';
import { type Problem, refuse } from '../reply.ts';

export type User = typeof users.$inferSelect;

/** Stands in for the address of somebody who was deleted; no mail can reach it (RFC 2606). */
export const deletedDomain = '@deleted.invalid';

export const newUserSchema = z.strictObject({
  email: z
    .email()
    .max(254)
    .toLowerCase()
    .refine((email) => !email.endsWith(deletedDomain), 'is the address of a deleted person'),
  name: displayName(),
  role: z.enum(roles).default('user'),
});
export type NewUser = z.output<typeof newUserSchema>;

/** Makes a person. 409 `conflict` when the e-mail address is taken. */
export async function createUser(
  database: Database,
  user: NewUser,
  actor: Actor,
  clock: Clock,
): Promise<User | Problem> {
  return database.orm.transaction(async (tx) => {
    const now = new Date(clock.now());
    const [created] = await tx
      .insert(users)
      .values({ id: uuidv7(clock.now()), ...user, createdAt: now, updatedAt: now })
      .onConflictDoNothing({ target: users.email })
      .returning();
    if (created === undefined)
      return refuse('conflict', { detail: 'A person with this e-mail address exists already.' });
    const after = { email: maskEmail(user.email), name: user.name, role: user.role };
    await recordChange(
      tx,
      actor,
      { action: 'users.create', objectType: 'user', objectIds: [created.id], before: null, after },
      clock,
    );
    return created;
  });
}

/** Finds a person by id or e-mail address; a deleted one by id only. */
export async function findUser(orm: Orm | Transaction, idOrEmail: string): Promise<User | undefined> {
  const [user] = await orm.select().from(users).where(isCalled(idOrEmail));
  return user;
}

/** The person of this id, or the living one of this e-mail address. */
export function isCalled(idOrEmail: string) {
  const hasAddress = and(eq(users.email, idOrEmail.toLowerCase()), isNull(users.deletedAt));
  return or(eq(users.id, idOrEmail), hasAddress);
}

/** People, newest first; deleted ones when asked for. `after` is the last person of the page before. */
export async function listUsers(
  database: Database,
  page: { limit: number; after?: Pick<User, 'id' | 'createdAt'>; includesDeleted?: boolean },
): Promise<User[]> {
  const { limit, after, includesDeleted = false } = page;
  const older =
    after &&
    or(
      lt(users.createdAt, after.createdAt),
      and(eq(users.createdAt, after.createdAt), lt(users.id, after.id)),
    );
  return database.orm
    .select()
    .from(users)
    .where(and(older, includesDeleted ? undefined : isNull(users.deletedAt)))
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit);
}

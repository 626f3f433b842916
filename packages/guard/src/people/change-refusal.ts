import { and, eq, isNull, lte, ne, or, sql } from 'drizzle-orm';
import { roleSuffices } from '../access/roles.ts';
import type { Actor } from '../audit/record-change.ts';
import type { Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import { type Problem, refuse } from '../reply.ts';
import type { User } from './user.ts';

/** Over the API nobody changes somebody of a higher role. On the console everything may be done. */
export function rankRefusal(actor: Actor, target: User): Problem | undefined {
  if (actor.via !== 'api' || roleSuffices(actor.role ?? 'user', target.role)) return undefined;
  return refuse('insufficient_permissions', {
    detail: `A person with the role ${target.role} is changed by one with that role or a higher one.`,
  });
}

/** Over the API nobody shuts themselves out. */
export function selfRefusal(actor: Actor, target: User): Problem | undefined {
  if (actor.via !== 'api' || actor.userId !== target.id) return undefined;
  return refuse('conflict', {
    detail: 'Nobody bans or deletes themselves; somebody else, or the console, does.',
  });
}

const peopleLocks = 0x70656f70; // "peop"
const superAdmins = 1;

/**
 * Refuses to take the last super_admin who can act. Those who would take one wait for each other until the transaction
 * ends, so that two cannot each take the other's last one.
 */
export async function lastSuperAdminRefusal(
  tx: Transaction,
  target: User,
  nowMs: number,
): Promise<Problem | undefined> {
  if (target.role !== 'super_admin') return undefined;
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${peopleLocks}, ${superAdmins})`);
  const isFree = or(eq(users.banned, false), lte(users.banExpires, new Date(nowMs)));
  const [other] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'super_admin'), ne(users.id, target.id), isNull(users.deletedAt), isFree))
    .limit(1);
  if (other !== undefined) return undefined;
  return refuse('conflict', { detail: 'This is the last super_admin; make another one first.' });
}

import { z } from 'zod';
import type { Actor } from '../audit/record-change.ts';
import { transact } from '../database/transact.ts';
import { isProblem } from '../reply.ts';
import { type Changed, changePerson, type PeopleDeps } from './change-person.ts';
import { lastSuperAdminRefusal, rankRefusal, selfRefusal } from './change-refusal.ts';
import { lockPerson } from './lock-people.ts';
import { reasonText } from './reason-text.ts';

const day = 24 * 60 * 60 * 1000;

export const banSchema = z.strictObject({
  /** Id or e-mail address. */
  user: z.string().min(1).max(254),
  reason: reasonText,
  /** Milliseconds until the ban ends by itself; without: never. */
  expiresInMs: z
    .int()
    .min(1000)
    .max(3650 * day)
    .optional(),
});
export type Ban = z.output<typeof banSchema>;

/**
 * Bans a person: in one transaction nothing of theirs lets anybody in any more, on every node (K10). Their keys end for
 * good: when the ban ends, or is lifted, they need new ones. A person who is banned gets the new reason and end.
 * 404; 403 for a higher role; 409 for oneself and for the last super_admin.
 */
export function banUser(deps: PeopleDeps, ban: Ban, actor: Actor): Promise<Changed> {
  const { database, clock } = deps;
  return transact(database.orm, async (tx) => {
    const user = await lockPerson(tx, ban.user);
    if (isProblem(user)) return user;
    const now = clock.now();
    const refusal =
      selfRefusal(actor, user) ?? rankRefusal(actor, user) ?? (await lastSuperAdminRefusal(tx, user, now));
    if (refusal !== undefined) return refusal;
    const banExpires = ban.expiresInMs === undefined ? null : new Date(now + ban.expiresInMs);
    const set = { banned: true, banReason: ban.reason, banExpires };
    return changePerson(tx, user, { action: 'users.ban', set, ends: 'banned' }, actor, clock);
  });
}

/** Lifts a ban. What it ended stays ended. Lifting none changes nothing. 404; 403 for a higher role. */
export function unbanUser(deps: PeopleDeps, idOrEmail: string, actor: Actor): Promise<Changed> {
  const { database, clock } = deps;
  return transact(database.orm, async (tx) => {
    const user = await lockPerson(tx, idOrEmail);
    if (isProblem(user)) return user;
    const refusal = rankRefusal(actor, user);
    if (refusal !== undefined) return refusal;
    if (!user.banned) return { user, ended: {} };
    const set = { banned: false, banReason: null, banExpires: null };
    return changePerson(tx, user, { action: 'users.unban', set }, actor, clock);
  });
}

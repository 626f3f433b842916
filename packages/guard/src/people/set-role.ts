import { z } from 'zod';
import { isRole, type Role, roleSuffices, roles } from '../access/roles.ts';
import type { Actor } from '../audit/record-change.ts';
import { transact } from '../database/transact.ts';
import { maskSecretsIn } from '../masks.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import { type Changed, changePerson, type PeopleDeps } from './change-person.ts';
import { lastSuperAdminRefusal, rankRefusal } from './change-refusal.ts';
import { lockPerson } from './lock-people.ts';
import { reasonText } from './reason-text.ts';
import type { User } from './user.ts';

export const roleChangeSchema = z.strictObject({
  /** Id or e-mail address. */
  user: z.string().min(1).max(254),
  role: z.string().min(1).max(32),
  reason: reasonText,
});
export type RoleChange = z.output<typeof roleChangeSchema>;

/**
 * Gives a person another role. A demotion takes from their keys what only the old role allowed (K10). The role that they
 * have already changes nothing. 404; 422 for an unknown role; 403 for a promotion by API (R4), and a demotion by API by
 * anybody but a super_admin; 409 for the last super_admin.
 */
export function setRole(deps: PeopleDeps, change: RoleChange, actor: Actor): Promise<Changed> {
  const { database, clock } = deps;
  const { role, reason } = change;
  if (!isRole(role)) return Promise.resolve(unknownRole(role));
  return transact(database.orm, async (tx) => {
    const user = await lockPerson(tx, change.user);
    if (isProblem(user)) return user;
    if (user.role === role) return { user, ended: {} };
    const refusal =
      roleRefusal(actor, user, role) ??
      rankRefusal(actor, user) ??
      (await lastSuperAdminRefusal(tx, user, clock.now()));
    if (refusal !== undefined) return refusal;
    const ends = roleSuffices(role, 'admin') ? undefined : 'demoted';
    const noted = { reason: maskSecretsIn(reason) };
    return changePerson(tx, user, { action: 'users.role', set: { role }, ends, noted }, actor, clock);
  });
}

function roleRefusal(actor: Actor, user: User, role: Role): Problem | undefined {
  if (actor.via !== 'api') return undefined;
  if (!roleSuffices(user.role, role))
    return refuse('insufficient_permissions', {
      detail: 'A promotion needs the approval of a second person; it is made on the console.',
    });
  if (!roleSuffices(actor.role ?? 'user', 'super_admin'))
    return refuse('insufficient_permissions', { detail: 'A demotion needs the role super_admin.' });
  return undefined;
}

function unknownRole(role: string): Problem {
  const message = `There is no role ${role}; there are ${roles.join(', ')}.`;
  return refuse('invalid_request', { detail: message, errors: [{ pointer: '/role', message }] });
}

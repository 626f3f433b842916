import { type Role, roleSuffices } from '../access/roles.ts';
import type { Actor } from '../audit/record-change.ts';
import { type Problem, refuse } from '../reply.ts';

/** Why a key of this service may not be made, or its powers changed, by `actor` for an owner of this role (K4). */
export function controlKeyRefusal(
  service: string,
  owner: { role: string },
  actor: Actor,
): Problem | undefined {
  if (service !== 'control') return undefined;
  if (actor.via === 'api' && !roleSuffices(actor.role ?? 'user', 'super_admin' satisfies Role))
    return refuse('insufficient_permissions', {
      detail: 'Control keys are made and changed by a super_admin, or on the console.',
    });
  if (!roleSuffices(owner.role, 'admin'))
    return refuse('insufficient_permissions', {
      detail: 'A control key needs an owner with the role admin or super_admin.',
    });
  return undefined;
}

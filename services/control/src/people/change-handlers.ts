import {
  banUser,
  deleteUser,
  type Handlers,
  handOver,
  isProblem,
  json,
  type KeyCaller,
  type PersonChanged,
  type Problem,
  type Reply,
  type RequestContext,
  setRole,
  unbanUser,
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { personChangesContract } from './change-contract.ts';
import { presentChange, presentHandOver } from './present-person.ts';

export function personChangeHandlers(deps: ControlDeps): Handlers<typeof personChangesContract> {
  const answer = (changed: PersonChanged | Problem, context: RequestContext<KeyCaller>): Reply => {
    if (isProblem(changed)) return changed;
    context.audited(changed.user.id);
    return json(200, presentChange(changed, deps.clock.now()));
  };
  return {
    async banPerson({ params, body }, context) {
      const { reason, expires_in_seconds: seconds } = body;
      const ban = { user: params.id, reason, expiresInMs: seconds && seconds * 1000 };
      return answer(await banUser(deps, ban, actorOf(context)), context);
    },

    async unbanPerson({ params }, context) {
      return answer(await unbanUser(deps, params.id, actorOf(context)), context);
    },

    async setPersonRole({ params, body }, context) {
      return answer(await setRole(deps, { user: params.id, ...body }, actorOf(context)), context);
    },

    async handOverPerson({ params, body }, context) {
      const handedOver = await handOver(deps, { from: params.id, ...body }, actorOf(context));
      if (isProblem(handedOver)) return handedOver;
      context.audited(handedOver.from, handedOver.to);
      return json(200, presentHandOver(handedOver));
    },

    async deletePerson({ params, body }, context) {
      const wish = { user: params.id, handOverTo: body.hand_over_to, force: body.force };
      const deleted = await deleteUser(deps, wish, actorOf(context));
      if (isProblem(deleted)) return deleted;
      context.audited(deleted.user.id);
      const { handedOver } = deleted;
      return json(200, {
        ...presentChange(deleted, deps.clock.now()),
        handed_over: handedOver === undefined ? null : presentHandOver(handedOver),
      });
    },
  };
}

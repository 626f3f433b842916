import {
  createKey,
  type Handlers,
  isProblem,
  json,
  listKeys,
  page,
  refuse,
  revokeKey,
  showKey,
  unusedScopes,
  updateKey,
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { keysContract } from './contract.ts';
import { presentKey } from './present-key.ts';
import { changesOf, newKeyOf } from './setting-bodies.ts';
import { verifyKey } from './verify-key.ts';

export function keyHandlers(deps: ControlDeps): Handlers<typeof keysContract> {
  const { database, clock } = deps;
  return {
    verifyKey: (_input, context) => verifyKey(deps, context),

    async listKeys({ query }) {
      const { limit, cursor, user, service } = query;
      const rows = await listKeys(database, {
        limit: limit + 1,
        ...(cursor && { after: cursor }),
        ...(user !== undefined && { userId: user }),
        ...(service !== undefined && { service }),
      });
      return json(200, page(rows, limit, presentKey));
    },

    async createKey({ body }, context) {
      const created = await createKey(deps, newKeyOf(body), actorOf(context));
      if (isProblem(created)) return created;
      context.audited(created.row.id);
      return json(201, { ...presentKey(created.row), key: created.key });
    },

    async showKey({ params }, context) {
      const key = await showKey(database.orm, params.id);
      if (key === undefined) return refuse('not_found');
      context.audited(key.id);
      const unused = await unusedScopes(database, key, deps.routes, clock.now());
      return json(200, { ...presentKey(key), unused_scopes: unused });
    },

    async updateKey({ params, body }, context) {
      const key = await updateKey(deps, params.id, changesOf(body), actorOf(context));
      if (isProblem(key)) return key;
      context.audited(key.id);
      return json(200, presentKey(key));
    },

    async revokeKey({ params }, context) {
      const key = await revokeKey(database, params.id, actorOf(context), clock);
      if (isProblem(key)) return key;
      context.audited(key.id);
      return json(200, presentKey(key));
    },
  };
}

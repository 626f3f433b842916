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
} from '@keyward/guard';
import { actorOf } from '../actor-of.ts';
import type { ControlDeps } from '../service.ts';
import type { keysContract } from './contract.ts';
import { presentKey } from './present-key.ts';
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
      const { limits, expires_in_seconds, allowed_ips, allowed_origins, ...rest } = body;
      const wanted = {
        ...rest,
        limits: limits?.map(({ limit, window_seconds }) => ({ limit, windowMs: window_seconds * 1000 })),
        expiresInMs: expires_in_seconds === undefined ? undefined : expires_in_seconds * 1000,
        allowedIps: allowed_ips,
        allowedOrigins: allowed_origins,
      };
      if (wanted.service === 'control' && context.caller.role !== 'super_admin') {
        return refuse('insufficient_permissions', {
          detail: 'Control keys are made by a super_admin, or on the console.',
        });
      }
      const created = await createKey(deps, wanted, actorOf(context));
      if (isProblem(created)) return created;
      context.audited(created.row.id);
      return json(201, { ...presentKey(created.row), key: created.key });
    },

    async showKey({ params }, context) {
      const key = await showKey(database, params.id);
      if (key === undefined) return refuse('not_found');
      context.audited(key.id);
      const unused = await unusedScopes(database, key, deps.routes, clock.now());
      return json(200, { ...presentKey(key), unused_scopes: unused });
    },

    async revokeKey({ params }, context) {
      const key = await revokeKey(database, params.id, actorOf(context), clock);
      if (isProblem(key)) return key;
      context.audited(key.id);
      return json(200, presentKey(key));
    },
  };
}

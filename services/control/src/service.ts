import {
  type Actor,
  type AuditRow,
  type Clock,
  type CreateKeyDeps,
  createKey,
  createUser,
  defineService,
  isProblem,
  json,
  type KeyCaller,
  type LimitStore,
  listKeys,
  listUsers,
  page,
  type RequestContext,
  type Route,
  refuse,
  revokeKey,
  searchAudit,
  showKey,
  snakeCase,
  type User,
  unusedScopes,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { controlContract } from './contract.ts';
import { presentKey } from './present-key.ts';
import { verifyKey } from './verify-key.ts';

export interface ControlDeps extends CreateKeyDeps {
  readonly database: Database;
  readonly limits: LimitStore;
  readonly clock: Clock;
  /** The routes of the services that keys are made for: what their scopes are used by. */
  readonly routes: readonly Route[];
}

export const controlScopes = {
  'keys:read': 'See API keys',
  'keys:write': 'Make and revoke API keys',
  'people:read': 'See people',
  'people:write': 'Make and change people',
  'audit:read': 'Search the audit log',
  'alerts:write': 'Acknowledge alerts',
  'blocks:write': 'Block and unblock addresses',
  'incidents:write': 'Handle incidents',
  'checks:run': 'Run the checklist',
};

/** The operators' API. */
export function controlService(deps: ControlDeps) {
  const { database, clock } = deps;
  return defineService({
    name: 'control',
    title: 'Control',
    scopes: controlScopes,
    contract: controlContract,
    handlers: {
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

      async listPeople({ query }) {
        const rows = await listUsers(database, {
          limit: query.limit + 1,
          ...(query.cursor && { after: query.cursor }),
        });
        return json(200, page(rows, query.limit, presentUser));
      },

      async createPerson({ body }, context) {
        const user = await createUser(database, { ...body, role: 'user' }, actorOf(context), clock);
        if (isProblem(user)) return user;
        context.audited(user.id);
        return json(201, presentUser(user));
      },

      async searchAudit({ query }) {
        const { limit, cursor, ...filter } = query;
        const rows = await searchAudit(database, filter, limit + 1, cursor);
        return json(200, page(rows, limit, presentRow));
      },
    },
  });
}

function actorOf(context: RequestContext<KeyCaller>): Actor {
  const { caller, requestId, clientAddress } = context;
  return { via: 'api', userId: caller.userId, keyId: caller.keyId, requestId, ip: clientAddress };
}

function presentUser({ id, name, email, role, banned, createdAt }: User) {
  return snakeCase({ id, name, email, role, banned, createdAt });
}

function presentRow(row: AuditRow) {
  return snakeCase(row);
}

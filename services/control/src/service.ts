import { type Clock, type CreateKeyDeps, defineService, type LimitStore, type Route } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { auditHandlers } from './audit/handlers.ts';
import { controlContract } from './contract.ts';
import { keyHandlers } from './keys/handlers.ts';
import { peopleHandlers } from './people/handlers.ts';

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
  return defineService({
    name: 'control',
    title: 'Control',
    scopes: controlScopes,
    contract: controlContract,
    handlers: { ...keyHandlers(deps), ...peopleHandlers(deps), ...auditHandlers(deps) },
  });
}

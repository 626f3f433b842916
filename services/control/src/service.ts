import {
  type ArchivedRows,
  type Clock,
  type CreateKeyDeps,
  type DataKeeper,
  defineService,
  type LimitStore,
  type Route,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { auditHandlers } from './audit/handlers.ts';
import { auditProofHandlers } from './audit-proofs/handlers.ts';
import { blockHandlers } from './blocks/handlers.ts';
import { claimHandlers } from './claims/handlers.ts';
import { controlContract } from './contract.ts';
import { emergencyHandlers } from './emergency/handlers.ts';
import { importHandlers } from './imports/handlers.ts';
import { keyHandlers } from './keys/handlers.ts';
import { type LeakOptions, leakHandlers } from './leaks/handlers.ts';
import { peopleHandlers } from './people/handlers.ts';
import { rotationHandlers } from './rotations/handlers.ts';

export interface ControlDeps extends CreateKeyDeps {
  readonly database: Database;
  readonly limits: LimitStore;
  readonly clock: Clock;
  readonly leaks: LeakOptions;
  /** Addresses and CIDR ranges that nobody can have blocked (M3). */
  readonly neverBlock: readonly string[];
  /** Origin that links begin with. */
  readonly publicUrl: string;
  /** The routes of the services that keys are made for: what their scopes are used by. */
  readonly routes: readonly Route[];
  /** The services that keep data of people: what is handed over when one goes. */
  readonly services: readonly DataKeeper[];
  /** Months of the audit log that are no longer in the database (A5). Default: none are searched. */
  readonly archivedRows?: ArchivedRows | undefined;
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
    handlers: {
      ...keyHandlers(deps),
      ...rotationHandlers(deps),
      ...claimHandlers(deps),
      ...emergencyHandlers(deps),
      ...importHandlers(deps),
      ...leakHandlers(deps),
      ...peopleHandlers(deps),
      ...auditHandlers(deps),
      ...auditProofHandlers(deps),
      ...blockHandlers(deps),
    },
  });
}

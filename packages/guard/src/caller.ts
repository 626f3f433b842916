import type { Role } from './access/roles.ts';

export type Environment = 'live' | 'test';

/** A request that carried a valid API key. Everything it owns is found by `userId` and `environment` (K5, R3). */
export interface KeyCaller {
  readonly kind: 'key';
  readonly keyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly service: string;
  readonly environment: Environment;
  readonly scopes: ReadonlySet<string>;
}

export interface NobodyCaller {
  readonly kind: 'nobody';
}

/** Who a request is for. */
export type Caller = KeyCaller | NobodyCaller;

export const nobody: NobodyCaller = { kind: 'nobody' };

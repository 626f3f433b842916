import type { Keyward } from './keyward.ts';

/** Every scope that a key of a service can hold. */
export const allScopes = {
  metadata: ['metadata:read', 'metadata:write', 'media:read', 'media:write'],
  meterr: [
    'tokens:read',
    'tokens:write',
    'usage:read',
    'usage:write',
    'budgets:write',
    'teams:write',
    'providers:use',
    'providers:write',
  ],
  control: ['keys:read', 'keys:write', 'people:read', 'people:write', 'audit:read'],
} as const;

export interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

export interface KeyWishes {
  readonly service?: keyof typeof allScopes;
  readonly environment?: 'live' | 'test';
  readonly scopes?: readonly string[];
  /** Such as `100/1h`. Default 1000000/1h, so that a test meets a limit only when it means to. */
  readonly limit?: string;
  readonly more?: readonly string[];
}

export async function createPerson(keyward: Keyward, name: string, role = 'user'): Promise<string> {
  const { id } = await keyward.cli<{ id: string }>(
    'users',
    'create',
    '--email',
    `${name}@example.com`,
    '--name',
    name,
    '--role',
    role,
  );
  return id;
}

/** A key made on the command line, as an operator makes it. */
export function issueKey(keyward: Keyward, owner: string, wishes: KeyWishes = {}): Promise<IssuedKey> {
  const {
    service = 'metadata',
    environment = 'live',
    scopes = allScopes[service],
    limit = '1000000/1h',
    more = [],
  } = wishes;
  const scopeOptions = scopes.flatMap((scope) => ['--scope', scope]);
  return keyward.cli(
    'keys',
    'create',
    '--service',
    service,
    '--env',
    environment,
    ...scopeOptions,
    '--owner',
    `${owner}@example.com`,
    '--name',
    'test',
    '--limit',
    limit,
    ...more,
  );
}

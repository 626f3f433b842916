import {
  type Actor,
  createKey,
  createUser,
  isProblem,
  type NewKey,
  newKeySchema,
  newUserSchema,
  type Problem,
  parseLimit,
} from '@keyward/guard';
import type { Keyward } from './keyward.ts';
import { withInstallation } from './with-installation.ts';

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
  readonly more?: Partial<Pick<NewKey, 'allowedIps' | 'usesMax'>>;
}

/** Who acts on the console. */
const byCli: Actor = { via: 'cli' };

/** Makes a person as `keyward users create` does; gives the id. */
export async function createPerson(keyward: Keyward, name: string, role = 'user'): Promise<string> {
  const wanted = newUserSchema.parse({ email: `${name}@example.com`, name, role });
  const person = await withInstallation(keyward, ({ database, clock }) =>
    createUser(database, wanted, byCli, clock),
  );
  return made(person).id;
}

/** Makes a key as `keyward keys create` does. */
export async function issueKey(keyward: Keyward, owner: string, wishes: KeyWishes = {}): Promise<IssuedKey> {
  const {
    service = 'metadata',
    environment = 'live',
    scopes = allScopes[service],
    limit = '1000000/1h',
    more,
  } = wishes;
  const wanted = newKeySchema.parse({
    ...{ owner: `${owner}@example.com`, name: 'test', service, environment, scopes },
    ...{ limits: [parseLimit(limit)], ...more },
  });
  // Whoever is refused for a scope that there is not would be refused for want of it as well.
  const catalogue = new Map([[service, Object.fromEntries(scopes.map((scope) => [scope, '']))]]);
  const created = await withInstallation(keyward, (installation) =>
    createKey({ ...installation, scopes: catalogue }, wanted, byCli),
  );
  const { row, key } = made(created);
  return { id: row.id, key };
}

function made<Made extends object>(result: Made | Problem): Made {
  if (isProblem(result)) throw new Error(result.detail ?? result.code);
  return result;
}

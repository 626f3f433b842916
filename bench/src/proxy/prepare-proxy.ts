import { randomBytes } from 'node:crypto';
import {
  createKey,
  createUser,
  isProblem,
  type NewKey,
  openKeyring,
  rootKeyFrom,
  systemClock,
} from '@keyward/guard';
import { guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';

export interface PreparedProxy {
  readonly secret: string;
  readonly key: string;
}

const actor = { via: 'cli' } as const;
const scopes = ['providers:use', 'providers:write'];
const meterrMigrations = {
  name: 'meterr',
  folder: new URL('../../../services/meterr/migrations', import.meta.url),
};

/** The tables of guard and meterr, and one key whose limit nobody reaches. */
export async function prepareProxy(databaseUrl: string): Promise<PreparedProxy> {
  await runMigrations(databaseUrl, [guardMigrations, meterrMigrations]);
  const secret = randomBytes(32).toString('base64');
  const database = openDatabase({ url: databaseUrl });
  try {
    const keyring = await openKeyring(database, rootKeyFrom(secret), systemClock);
    const user = { email: 'bench@example.com', name: 'Bench', role: 'user' } as const;
    const owner = await createUser(database, user, actor, systemClock);
    if (isProblem(owner)) throw new Error(owner.code);
    const declared = new Map([['meterr', Object.fromEntries(scopes.map((scope) => [scope, scope]))]]);
    const wanted: NewKey = {
      owner: owner.id,
      name: 'bench',
      service: 'meterr',
      environment: 'live',
      scopes,
      limits: [{ limit: 1_000_000_000, windowMs: 3_600_000 }],
    };
    const made = await createKey({ database, keyring, clock: systemClock, scopes: declared }, wanted, actor);
    if (isProblem(made)) throw new Error(made.code);
    return { secret, key: made.key };
  } finally {
    await database.close();
  }
}

/** Tells our proxy, as its users do, where the calls of this key go. */
export async function connectAccount(proxyUrl: string, key: string, baseUrl: string): Promise<void> {
  const answer = await fetch(`${proxyUrl}/v1/providers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'openai', api_key: 'sk-provider-0123456789', base_url: baseUrl }),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
}

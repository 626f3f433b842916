import { randomBytes } from 'node:crypto';
import { createKey, createUser, isProblem, openKeyring, rootKeyFrom, systemClock } from '@keyward/guard';
import { guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';
import { metadataScopes } from '@keyward/metadata';

const actor = { via: 'cli' } as const;
const migrations = new URL('../../../services/metadata/migrations', import.meta.url);

/** A database with one owner, and the owner's key. */
export async function prepareOwner(databaseUrl: string): Promise<{ secret: string; key: string }> {
  await runMigrations(databaseUrl, [guardMigrations, { name: 'metadata', folder: migrations }]);
  const secret = randomBytes(32).toString('base64');
  const database = openDatabase({ url: databaseUrl });
  try {
    const keyring = await openKeyring(database, rootKeyFrom(secret), systemClock);
    const user = { email: 'mei@example.com', name: 'Mei', role: 'user' } as const;
    const owner = await createUser(database, user, actor, systemClock);
    if (isProblem(owner)) throw new Error(owner.code);
    const deps = { database, keyring, clock: systemClock, scopes: new Map([['metadata', metadataScopes]]) };
    const created = await createKey(
      deps,
      {
        owner: owner.id,
        name: 'bench',
        service: 'metadata',
        environment: 'live',
        scopes: ['metadata:read', 'metadata:write'],
        limits: [{ limit: 1_000_000_000, windowMs: 3_600_000 }],
      },
      actor,
    );
    if (isProblem(created)) throw new Error(created.code);
    return { secret, key: created.key };
  } finally {
    await database.close();
  }
}

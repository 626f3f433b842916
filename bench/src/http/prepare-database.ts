import { hash, randomBytes } from 'node:crypto';
import {
  createKey,
  createUser,
  isProblem,
  type NewKey,
  openKeyring,
  rootKeyFrom,
  systemClock,
} from '@keyward/guard';
import { type Database, guardMigrations, openDatabase, runMigrations } from '@keyward/guard/database';
import pg from 'pg';
import { auditTable } from './usual-audit.ts';

/** A database in which the guard and the usual assembly find the same keys. */
export interface Prepared {
  readonly secret: string;
  readonly keys: readonly string[];
}

const keyCount = 1_000;
const actor = { via: 'cli' } as const;

/** Makes the tables and 1,000 keys, whose limit nobody reaches. */
export async function prepareDatabase(databaseUrl: string): Promise<Prepared> {
  await runMigrations(databaseUrl, [guardMigrations]);
  const secret = randomBytes(32).toString('base64');
  const database = openDatabase({ url: databaseUrl });
  try {
    const keys = await createKeys(database, secret);
    await makeUsualTables(databaseUrl, keys);
    return { secret, keys };
  } finally {
    await database.close();
  }
}

async function createKeys(database: Database, secret: string): Promise<string[]> {
  const keyring = await openKeyring(database, rootKeyFrom(secret), systemClock);
  const user = { email: 'shop@example.com', name: 'Shop', role: 'user' } as const;
  const owner = await createUser(database, user, actor, systemClock);
  if (isProblem(owner)) throw new Error(owner.code);
  const deps = {
    database,
    keyring,
    clock: systemClock,
    scopes: new Map([['shop', { 'orders:write': 'Order things' }]]),
  };
  const keys: string[] = [];
  while (keys.length < keyCount) {
    const wanted: NewKey = {
      owner: owner.id,
      name: `key ${keys.length}`,
      service: 'shop',
      environment: 'live',
      scopes: ['orders:write'],
      limits: [{ limit: 1_000_000_000, windowMs: 3_600_000 }],
    };
    const created = await createKey(deps, wanted, actor);
    if (isProblem(created)) throw new Error(created.code);
    keys.push(created.key);
  }
  return keys;
}

async function makeUsualTables(databaseUrl: string, keys: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`
      CREATE TABLE usual_keys (
        id text PRIMARY KEY, user_id text NOT NULL, hash text NOT NULL UNIQUE,
        scopes text[] NOT NULL, is_active boolean NOT NULL
      );
      ${auditTable}`);
    await client.query(
      `INSERT INTO usual_keys SELECT 'key-' || at, 'user-' || at, hash, '{orders:write}', true
       FROM unnest($1::text[]) WITH ORDINALITY AS k (hash, at)`,
      [keys.map((key) => hash('sha256', key))],
    );
  } finally {
    await client.end();
  }
}

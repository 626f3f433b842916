import type { Actor } from '../../../audit/record-change.ts';
import { type Keyring, openKeyring } from '../../../encryption/keyring.ts';
import { rootKeyFrom } from '../../../encryption/root-secret.ts';
import type { Job } from '../../../jobs/job.ts';
import { createUser } from '../../../people/user.ts';
import { isProblem, type Problem } from '../../../reply.ts';
import { type FakeClock, fakeClock } from '../../../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../../testing/test-database.ts';
import { type CreatedKey, createKey, newKeySchema } from '../../create-key.ts';
import { createKeyCache } from '../../memory/key-cache.ts';
import { ownKeys } from '../../own-keys.ts';
import { keyLookup } from '../../stored-key.ts';
import { createKeyVerifier } from '../../verify-key.ts';

export const operator: Actor = { via: 'cli' };
export const publicUrl = 'https://keys.example.com';
export const second = 1000;
export const hour = 3600 * second;
export const day = 24 * hour;

/** Keys in a database of their own, a clock that stands still, and the verifier that nodes use. */
export interface KeyBed extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly keyring: Keyring;
  readonly clock: FakeClock;
  readonly publicUrl: string;
  createOwner(name: string): Promise<string>;
  issueKey(more?: object): Promise<CreatedKey>;
  /** Asks a node that has not seen the key before: undefined when it lives, else the code of the refusal. */
  refusalOf(key: string): Promise<string | undefined>;
  /** A node that remembers what it has seen. */
  rememberingNode(): (key: string) => Promise<string | undefined>;
  advance(ms: number): Promise<void>;
  run(job: Job): Promise<void>;
  /** Every row of every table, as text. */
  dump(): Promise<string[]>;
}

export async function createKeyBed(): Promise<KeyBed> {
  const database = await createTestDatabase();
  const clock = fakeClock(Date.now());
  const keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  const scopes = new Map([
    ['meterr', { 'tokens:write': '', 'tokens:read': '' }],
    ['control', { 'keys:read': '' }],
  ]);
  const deps = { database, keyring, clock, scopes };
  const log = { info() {}, warn() {}, error() {} };
  const rememberingNode = () => {
    const cache = createKeyCache({ ageMaxMs: Number.POSITIVE_INFINITY });
    const finders = [ownKeys(keyring, keyLookup(database))];
    const verifier = createKeyVerifier({ cache, finders, clock, lookUps: { timeoutMs: 200_000 } });
    return async (key: string) => {
      const verified = await verifier.verify(key, '203.0.113.7');
      return isProblem(verified) ? verified.code : undefined;
    };
  };
  const bed: KeyBed = {
    database,
    keyring,
    clock,
    publicUrl,
    async createOwner(name) {
      const user = { email: `${name}@example.com`, name, role: 'user' as const };
      return succeeded(await createUser(database, user, operator, clock)).id;
    },
    async issueKey(more = {}) {
      const wanted = {
        owner: 'ada@example.com',
        name: 'ci',
        service: 'meterr',
        environment: 'live',
        scopes: ['tokens:write'],
        ...more,
      };
      return succeeded(await createKey(deps, newKeySchema.parse(wanted), operator));
    },
    refusalOf: (key) => rememberingNode()(key),
    rememberingNode,
    async advance(ms) {
      clock.advance(ms);
      await database.pool.query('SELECT keyward_ensure_audit_partition($1)', [new Date(clock.now())]);
    },
    run: (job) => job.run(undefined, { clock, log, signal: new AbortController().signal }),
    async dump() {
      const { rows: tables } = await database.pool.query(
        `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
      );
      const lines = tables.map(async ({ relname }) => {
        const { rows } = await database.pool.query(`SELECT t::text AS line FROM "${relname}" t`);
        return rows.map(({ line }) => `${relname}: ${line}`);
      });
      return (await Promise.all(lines)).flat();
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
  await bed.createOwner('ada');
  return bed;
}

/** The value of what must have worked. */
export function succeeded<Value>(value: Value | Problem): Value {
  if (isProblem(value)) throw new Error(`${value.code}: ${value.detail}`);
  return value as Value;
}

/** The part of a full key that is secret. */
export function secretOf(key: string): string {
  return key.slice(key.lastIndexOf('_') + 5, -4);
}

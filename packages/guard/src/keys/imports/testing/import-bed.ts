import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/bcrypt';
import { systemClock } from '../../../clock.ts';
import { openKeyring } from '../../../encryption/keyring.ts';
import { rootKeyFrom } from '../../../encryption/root-secret.ts';
import { createUser } from '../../../people/user.ts';
import { isProblem } from '../../../reply.ts';
import { type FakeClock, fakeClock } from '../../../testing/fake-clock.ts';
import { createTestDatabase } from '../../../testing/test-database.ts';
import { bcryptKeys } from '../../bcrypt/bcrypt-keys.ts';
import { hasBcryptHash } from '../../bcrypt/run-bcrypt.ts';
import { createKeyCache } from '../../memory/key-cache.ts';
import { ownKeys } from '../../own-keys.ts';
import { keyLookup } from '../../stored-key.ts';
import { createKeyVerifier } from '../../verify-key.ts';
import { importKeys, type NewImport } from '../import-keys.ts';
import type { ImportReport } from '../import-report.ts';
import { importedKeys } from '../imported-keys.ts';

export const acme: NewImport = { pattern: 'acme_[a-z0-9]{32}', prefixLength: 9 };

/** A key of another system. */
export function foreignKey(prefix = `acme_${randomBytes(2).toString('hex')}`): string {
  return (
    prefix +
    randomBytes(32)
      .toString('hex')
      .slice(0, 37 - prefix.length)
  );
}

/** What that system exports of a key. */
export async function bcryptLine(key: string, more: object = {}): Promise<object> {
  return { ...said, hash: await hash(key, { cost: 4, version: '2a' }), prefix: key.slice(0, 9), ...more };
}

export const said = {
  name: 'old',
  owner: 'ada@example.com',
  service: 'meterr',
  environment: 'live',
  scopes: ['tokens:write'],
};

/** A database with Ada (user) and Root (super_admin), and nodes on it. */
export async function importBed() {
  const database = await createTestDatabase();
  const keyring = await openKeyring(database, rootKeyFrom('root'), systemClock);
  for (const [name, role] of [['ada', 'user'] as const, ['root', 'super_admin'] as const]) {
    const made = await createUser(
      database,
      { email: `${name}@example.com`, name, role },
      { via: 'cli' },
      systemClock,
    );
    if (isProblem(made)) throw new Error(made.code);
  }
  const scopes = new Map([
    ['meterr', { 'tokens:write': '', 'tokens:read': '' }],
    ['control', { 'keys:read': '' }],
  ]);
  const deps = { database, keyring, clock: systemClock, scopes };
  return {
    ...deps,
    importAll(
      values: Iterable<object>,
      wanted: NewImport = acme,
      actor: Parameters<typeof importKeys>[3] = { via: 'cli' },
    ) {
      const lines = Array.from(values, (value, at) => ({ line: at + 1, value }));
      return importKeys(deps, wanted, lines, actor);
    },
    /** Like `importAll`, for what must succeed. */
    async imported(values: Iterable<object>, wanted: NewImport = acme): Promise<ImportReport> {
      const report = await this.importAll(values, wanted);
      if (isProblem(report) || report.wrong > 0) throw new Error(JSON.stringify(report));
      return report;
    },
    node: () => startNode(deps),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Next to other work the database and bcrypt take long. */
const patient = { timeoutMs: 200_000 };

/** The part of a node that verifies keys, counting what it asks for. */
async function startNode({
  database,
  keyring,
}: Pick<Parameters<typeof importedKeys>[0], 'database' | 'keyring'>) {
  const clock: FakeClock = fakeClock();
  const counts = { lookUps: 0, runs: 0, runsAtOnce: 0, errors: [] as unknown[] };
  let running = 0;
  const bcrypt = bcryptKeys({
    database,
    clock,
    async matches(text, bcryptHash) {
      counts.runs += 1;
      running += 1;
      counts.runsAtOnce = Math.max(counts.runsAtOnce, running);
      const does = await hasBcryptHash(text, bcryptHash);
      running -= 1;
      return does;
    },
  });
  const lookUp = keyLookup(database);
  const imports = importedKeys({
    ...{ database, keyring, clock, bcrypt },
    lookUp: (hashes) => {
      counts.lookUps += 1;
      return lookUp(hashes);
    },
    onError: (error) => counts.errors.push(error),
  });
  await imports.reload();
  const cache = createKeyCache();
  const finders = [ownKeys(keyring, keyLookup(database), bcrypt), imports];
  const verifier = createKeyVerifier({ cache, finders, clock, lookUps: patient });
  return {
    ...{ clock, cache, counts, imports },
    async verify(text: string, address = '203.0.113.7') {
      const answer = await verifier.verify(text, address);
      return isProblem(answer) ? answer.code : answer.name;
    },
    /** The whole answer. */
    answer: (text: string, address = '203.0.113.7') => verifier.verify(text, address),
  };
}

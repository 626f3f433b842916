import { hash } from 'node:crypto';
import { setTimeout as delay, setImmediate as yieldToEvents } from 'node:timers/promises';
import {
  systemClock as clock,
  createKeyCache,
  createKeyVerifier,
  followKeyChanges,
  isProblem,
  type KeyVerifier,
  keyLookup,
  openKeyring,
  rootKeyFrom,
} from '@keyward/guard';
import { openDatabase } from '@keyward/guard/database';
import type { Prepared } from '../http/prepare-database.ts';
import { inventedKeys } from '../keys/invented-keys.ts';
import { keyFinders } from '../keys/key-finders.ts';
import { inRotation } from './in-rotation.ts';
import type { Operation } from './operation.ts';

const address = '203.0.113.7';

/** The names under which the figures are found again. */
export const keyNames = {
  warm: 'verify a warm key',
  warm64: 'verify a warm key, 64 in flight',
  sha256: "crypto.hash('sha256') of the key",
  wrongChecksum: 'refuse an invented key of the right form',
  noForm: 'refuse a text of no form',
  canBe: 'the form and checksum of an invented key alone',
} as const;

export interface KeyOperations {
  readonly operations: readonly Operation[];
  /** Look-ups in the database since every key was remembered. */
  lookUps(): number;
  close(): Promise<void>;
}

/** P5: keys that are remembered, 1,000 in rotation, as the server remembers them; and invented ones. */
export async function keyOperations(databaseUrl: string, { keys, secret }: Prepared): Promise<KeyOperations> {
  const database = openDatabase({ url: databaseUrl, connectionsMax: 20 });
  const keyring = await openKeyring(database, rootKeyFrom(secret), clock);
  const cache = createKeyCache();
  const changes = followKeyChanges({ url: databaseUrl, cache, database, clock, onError: fail });
  const lookUp = keyLookup(database);
  let lookUps = 0;
  const counted: typeof lookUp = (hashes) => {
    lookUps += 1;
    return lookUp(hashes);
  };
  const finders = await keyFinders({ database, keyring, onError: fail, lookUp: counted });
  const verifier = createKeyVerifier({ cache, finders, clock, onStoreError: fail });
  // Listening begins by forgetting everything; the first beat is a second later.
  await delay(1_500);
  for (const key of keys) await accept(verifier, key);
  const lookUpsToWarm = lookUps;
  const wrong = inventedKeys('wrong checksum', keys, keys.length);
  const noForm = inventedKeys('no form', keys, keys.length);
  return {
    operations: [
      // Like a server it looks up from its work now and then, and so hears its own beats.
      each(keyNames.warm, keys, (key) => mustBe(false, verifier, key), yieldToEvents),
      each(keyNames.sha256, keys, (key) => void hash('sha256', key)),
      inRotation({
        name: keyNames.warm64,
        keys,
        inFlight: 64,
        verify: (key) => accept(verifier, key),
      }),
      each(keyNames.wrongChecksum, wrong, (key) => mustBe(true, verifier, key)),
      each(keyNames.noForm, noForm, (key) => mustBe(true, verifier, key)),
      each(keyNames.canBe, wrong, (key) => {
        if (finders.some((finder) => finder.canBe(key)))
          throw new Error('an invented key has a checksum of ours');
      }),
    ],
    lookUps: () => lookUps - lookUpsToWarm,
    async close() {
      await changes.stop();
      await database.close();
    },
  };
}

function each(
  name: string,
  keys: readonly string[],
  work: (key: string) => void,
  after: () => Promise<void> | undefined = () => undefined,
): Operation {
  const run = (): Promise<void> | undefined => {
    for (const key of keys) work(key);
    return after();
  };
  return { name, times: keys.length, run };
}

async function accept(verifier: KeyVerifier, key: string): Promise<void> {
  if (isProblem(await verifier.verify(key, address))) throw new Error('a key of the benchmark is refused');
}

function mustBe(refused: boolean, verifier: KeyVerifier, key: string): void {
  const verified = verifier.verify(key, address);
  if (verified instanceof Promise) throw new Error('a key is looked up that should need no look-up');
  if (isProblem(verified) !== refused) throw new Error(`a key is ${refused ? 'accepted' : 'refused'}`);
}

function fail(error: unknown): void {
  throw error;
}

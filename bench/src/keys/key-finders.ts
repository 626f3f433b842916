import {
  bcryptKeys,
  systemClock as clock,
  importedKeys,
  type KeyFinder,
  type Keyring,
  keyLookup,
  ownKeys,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';

export interface KeyFinderDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly onError: (error: unknown) => void;
  /** Default: in the database. */
  readonly lookUp?: ReturnType<typeof keyLookup>;
}

/** What a text is asked of, as the product asks it: our own keys, then imported ones, of which there are none here. */
export async function keyFinders(deps: KeyFinderDeps): Promise<KeyFinder[]> {
  const { database, keyring, onError, lookUp = keyLookup(database) } = deps;
  const bcrypt = bcryptKeys({ database, clock });
  const imports = importedKeys({ database, keyring, clock, bcrypt, onError });
  await imports.reload();
  return [ownKeys(keyring, lookUp, bcrypt), imports];
}

import { and, eq } from 'drizzle-orm';
import { addressGroup } from '../../addresses/address-group.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import type { Keyring } from '../../encryption/keyring.ts';
import { isProblem } from '../../reply.ts';
import { boundedAttempts } from '../attempts/bounded-attempts.ts';
import type { BcryptKeys } from '../bcrypt/bcrypt-keys.ts';
import { candidateHashes, hashApiKey, isOneOf, sha256OfKey } from '../hash.ts';
import type { KeyFinder } from '../key-finder.ts';
import { keyLookup, type StoredKey } from '../stored-key.ts';
import { type DeclaredPattern, declaredPatterns } from './declared-patterns.ts';

export interface ImportedKeys extends KeyFinder {
  /** Reads the declared patterns again. Rejects when the store is away; those known before then still hold. */
  reload(): Promise<void>;
}

export interface ImportedKeysOptions {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly bcrypt: BcryptKeys;
  /** Hears of what failed and refused nobody: patterns that could not be read again, a hash that was not upgraded. */
  readonly onError: (error: unknown) => void;
  /** The look-up by hashes. Default: in the database. */
  readonly lookUp?: (hashes: readonly string[]) => Promise<StoredKey | undefined>;
}

/** No checksum protects the keys of others: so many texts of a declared pattern may be unknown (K13). */
const failuresMax = 30;
/** Look-ups that wait for others of their address group at most, over all groups. */
const waitingMax = 1_000;

/**
 * Keys that were imported (K13): of a declared pattern, found by their hash, or as bcrypt by their first characters.
 * The first use stores them like our own, so that bcrypt runs for each key once in its life.
 */
export function importedKeys(options: ImportedKeysOptions): ImportedKeys {
  const { database, keyring, clock, bcrypt, onError, lookUp = keyLookup(database) } = options;
  const patterns = declaredPatterns(database, clock, onError);
  const attempts = boundedAttempts({ clock, failuresMax, windowMs: 60_000, waitingMax });

  const byHash = async (text: string): Promise<StoredKey | undefined> => {
    const hashes = [...candidateHashes(text, keyring), sha256OfKey(text)];
    const row = await lookUp(hashes);
    // One of our own keys is found by its checksum or not at all (K1).
    return row?.keyHash && row.importId !== null && isOneOf(row.keyHash, hashes) ? row : undefined;
  };

  const upgrade = async (row: StoredKey, text: string, declared: readonly DeclaredPattern[]) => {
    if (row.keyHash === null || row.keyHash.startsWith('hmac-')) return;
    const prefixLength = declared.find(({ id }) => id === row.importId)?.prefixLength ?? 0;
    const values = {
      keyHash: hashApiKey(text, keyring.primary('pepper')),
      prefix: row.prefix || text.slice(0, prefixLength),
      lastFour: row.lastFour || text.slice(-4),
    };
    // Whoever is second finds the old hash gone and changes nothing; so does a key that was erased meanwhile.
    const isUnchanged = and(eq(apiKeys.id, row.id), eq(apiKeys.keyHash, row.keyHash));
    await database.orm.update(apiKeys).set(values).where(isUnchanged).catch(onError);
  };

  return {
    reload: patterns.reload,
    canBe: (text) => patterns.matching(text).length > 0,
    find(text, clientAddress) {
      const declared = patterns.matching(text);
      return attempts.run(addressGroup(clientAddress), 1, async () => {
        const found = (await byHash(text)) ?? (await bcrypt.findImported(text, declared, clientAddress));
        if (found !== undefined && !isProblem(found)) await upgrade(found, text, declared);
        return found;
      });
    },
  };
}

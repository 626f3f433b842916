import { hash as digestOf } from 'node:crypto';
import { and, eq, inArray, isNull, or, type SQL, sql } from 'drizzle-orm';
import { addressGroup } from '../../addresses/address-group.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import type { Problem } from '../../reply.ts';
import { boundedAttempts } from '../attempts/bounded-attempts.ts';
import { keyHints } from '../format.ts';
import { findKeys, type StoredKey } from '../stored-key.ts';
import { fitsBcrypt, hasBcryptHash, isBcryptHash } from './run-bcrypt.ts';

/** Finds keys that are stored as bcrypt. Ask only for texts that are plausible: each answer may cost CPU seconds (K3). */
export interface BcryptKeys {
  /** A key that we made: its checksum must be right. */
  findOwn(text: string, clientAddress: string): Promise<StoredKey | Problem | undefined>;
  /** A key of one of these imports, whose patterns the text must match. */
  findImported(
    text: string,
    imports: readonly { readonly id: string; readonly prefixLength: number }[],
    clientAddress: string,
  ): Promise<StoredKey | Problem | undefined>;
}

export interface BcryptKeysOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Whether a text has a hash. Default: bcrypt itself. */
  readonly matches?: (text: string, bcryptHash: string) => Promise<boolean>;
}

/** Rows that a text is compared with at most (K3). */
export const candidatesMax = 4;
const runsOfGroupMax = 5;
const runsAtOnceMax = 2;
/** Keys whose first use waits for others at most: about 4 s at cost 12. */
const waitingMax = 32;
/** Proven pairs of a text's digest and a hash that are remembered, about 200 bytes each. */
const rememberedMax = 10_000;

export function bcryptKeys({ database, clock, matches = hasBcryptHash }: BcryptKeysOptions): BcryptKeys {
  const attempts = boundedAttempts({
    clock,
    failuresMax: runsOfGroupMax,
    windowMs: 60_000,
    runningMax: runsAtOnceMax,
    waitingMax,
  });
  const proven = recentPairs();

  const find = async (text: string, where: SQL | undefined, clientAddress: string) => {
    if (!fitsBcrypt(text)) return undefined;
    const inBcrypt = and(where, sql`${apiKeys.keyHash} LIKE '$2%'`);
    const rows = await findKeys(database.orm, inBcrypt, candidatesMax);
    const known = rows.find((row) => proven.has(text, row.keyHash));
    if (known !== undefined || rows.length === 0) return known;
    return attempts.run(addressGroup(clientAddress), rows.length, async () => {
      for (const row of rows) {
        if (!isBcryptHash(row.keyHash) || !(await matches(text, row.keyHash))) continue;
        proven.add(text, row.keyHash);
        return row;
      }
      return undefined;
    });
  };

  return {
    findOwn(text, clientAddress) {
      const { prefix, lastFour } = keyHints(text);
      const where = and(eq(apiKeys.prefix, prefix), eq(apiKeys.lastFour, lastFour), isNull(apiKeys.importId));
      return find(text, where, clientAddress);
    },
    async findImported(text, imports, clientAddress) {
      if (imports.length === 0) return undefined;
      const lengths = [...new Set(imports.map(({ prefixLength }) => prefixLength))];
      const where = lengths.map((length) => {
        const ids = imports.filter(({ prefixLength }) => prefixLength === length).map(({ id }) => id);
        return and(eq(apiKeys.prefix, text.slice(0, length)), inArray(apiKeys.importId, ids));
      });
      return find(text, or(...where), clientAddress);
    },
  };
}

/** What bcrypt has said yes to, so that reading a row again does not run it again; oldest out first. */
function recentPairs() {
  const pairs = new Set<string>();
  const pair = (text: string, keyHash: string | null) => `${digestOf('sha256', text, 'base64')} ${keyHash}`;
  return {
    has: (text: string, keyHash: string | null) => pairs.has(pair(text, keyHash)),
    add(text: string, keyHash: string) {
      if (pairs.size >= rememberedMax) pairs.delete(pairs.values().next().value as string);
      pairs.add(pair(text, keyHash));
    },
  };
}

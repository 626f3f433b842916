import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../database/database.ts';
import { keyring as table } from '../database/schema.ts';
import { SealedValueError, seal, unseal } from './envelope.ts';
import type { RootKey } from './root-secret.ts';

/** What a key of the keyring is for. A key serves one purpose only. */
export const purposes = ['checksum', 'pepper', 'columns', 'signing', 'claims', 'checkpoints'] as const;
export type Purpose = (typeof purposes)[number];

/** Purposes whose keys sign; the others' are 32 random bytes. */
const signingPurposes: readonly Purpose[] = ['signing', 'checkpoints'];

export interface KeyringKey {
  readonly id: string;
  readonly purpose: Purpose;
  /** 32 bytes; for `signing` and `checkpoints` an Ed25519 private key in PKCS #8. */
  readonly material: Buffer;
}

/** After Tink's rules (D2): one primary per purpose, any number of previous keys, random ids never reused. */
export interface Keyring {
  primary(purpose: Purpose): KeyringKey;
  /** Primary first. */
  all(purpose: Purpose): readonly KeyringKey[];
  find(purpose: Purpose, id: string): KeyringKey | undefined;
  signingKey(): { id: string; privateKey: KeyObject };
}

/** The root secret given does not open this database's keyring. */
export class WrongRootSecretError extends Error {
  override readonly name = 'WrongRootSecretError';
}

const keyringLock = 0x6b657972; // "keyr"

/** Opens the database's keyring, making a primary where a purpose has none. Throws `WrongRootSecretError`. */
export async function openKeyring(database: Database, root: RootKey, clock: Clock): Promise<Keyring> {
  const rows = await database.orm.transaction(async (tx) => {
    // Two nodes that start at once on an empty database must end up with one primary each purpose.
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${keyringLock})`);
    for (const purpose of purposes) await ensurePrimary(tx, purpose, root, clock);
    return tx
      .select()
      .from(table)
      .where(sql`${table.state} <> 'retired'`)
      .orderBy(sql`${table.state} = 'primary' DESC`, table.createdAt);
  });
  const keys = rows.map((row) => ({
    id: row.id,
    purpose: row.purpose as Purpose,
    material: open(row.sealed ?? '', root, row.id, row.purpose),
  }));
  return keyringOf(keys);
}

/** A keyring of the given keys; the first of each purpose is its primary. */
export function keyringOf(keys: readonly KeyringKey[]): Keyring {
  const byPurpose = new Map(
    purposes.map((purpose) => [purpose, keys.filter((key) => key.purpose === purpose)]),
  );
  const all = (purpose: Purpose): readonly KeyringKey[] => byPurpose.get(purpose) ?? [];
  const primary = (purpose: Purpose): KeyringKey => {
    const key = all(purpose)[0];
    if (key === undefined) throw new Error(`the keyring has no ${purpose} key`);
    return key;
  };
  return {
    primary,
    all,
    find: (purpose, id) => all(purpose).find((key) => key.id === id),
    signingKey: () => {
      const { id, material } = primary('signing');
      return { id, privateKey: createPrivateKey({ key: material, format: 'der', type: 'pkcs8' }) };
    },
  };
}

/** A new key with a random id. */
export function generateKey(purpose: Purpose): KeyringKey {
  const material = signingPurposes.includes(purpose)
    ? generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
    : randomBytes(32);
  return { id: randomBytes(4).toString('hex'), purpose, material };
}

async function ensurePrimary(tx: Transaction, purpose: Purpose, root: RootKey, clock: Clock): Promise<void> {
  const found = await tx
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.purpose, purpose), eq(table.state, 'primary')));
  if (found.length > 0) return;
  const key = generateKey(purpose);
  const sealed = seal(key.material, root, place(key.id, purpose));
  await tx
    .insert(table)
    .values({ id: key.id, purpose, state: 'primary', sealed, createdAt: new Date(clock.now()) });
}

function open(sealed: string, root: RootKey, id: string, purpose: string): Buffer {
  try {
    return unseal(sealed, (rootId) => (rootId === root.id ? root.material : undefined), place(id, purpose));
  } catch (error) {
    if (!(error instanceof SealedValueError)) throw error;
    throw new WrongRootSecretError(
      'KEYWARD_SECRET does not open the keyring of this database. Start with the secret that this database was first started with.',
    );
  }
}

const place = (id: string, purpose: string): string => `keyring.${purpose}.${id}`;

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { z } from 'zod';
import type { Keyring } from '../../encryption/keyring.ts';
import { ArchiveFault } from './archive-errors.ts';
import { monthPattern } from './month.ts';

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const manifestSchema = z.strictObject({
  format: z.literal('keyward-audit-archive/1'),
  month: z.string().regex(monthPattern),
  part: z.int().min(1),
  file: z.string().max(200),
  compression: z.literal('gzip'),
  rows: z.int().min(1),
  bytes: z.int().min(1),
  sha256: hex(32),
  tree_size: z.int().min(0),
  written_at: z.iso.datetime(),
  signing_key: z.string().max(32),
  /** Ed25519, over the text of this manifest without it. */
  signature: hex(64),
});

/** What stands beside an archive and says what it must be. */
export type Manifest = z.output<typeof manifestSchema>;
export type UnsignedManifest = Omit<Manifest, 'signature' | 'signing_key'>;

/** The text of a manifest, signed with the keyring's primary signing key. */
export function signManifest(
  unsigned: UnsignedManifest,
  keyring: Keyring,
): { text: string; signingKey: string } {
  const { id, privateKey } = keyring.signingKey();
  const body = { ...unsigned, signing_key: id };
  const signature = sign(null, signedBytes(body), privateKey).toString('hex');
  return { text: textOf({ ...body, signature }), signingKey: id };
}

/** Reads a manifest and, with a keyring, checks its signature. Throws `ArchiveFault`. */
export function readManifest(text: string, file: string, keyring: Keyring | undefined): Manifest {
  const manifest = parse(text);
  // Nothing of it may be beside what was signed.
  if (manifest === undefined || textOf(manifest) !== text) throw new ArchiveFault('manifest_altered', file);
  if (keyring === undefined) return manifest;
  const { signature, ...body } = manifest;
  const key = keyring.find('signing', body.signing_key);
  if (key === undefined) throw new ArchiveFault('unknown_signing_key', file);
  const publicKey = createPublicKey(createPrivateKey({ key: key.material, format: 'der', type: 'pkcs8' }));
  if (!verify(null, signedBytes(body), publicKey, Buffer.from(signature, 'hex')))
    throw new ArchiveFault('manifest_altered', file);
  return manifest;
}

export function manifestName(file: string): string {
  return `${file}.manifest.json`;
}

function parse(text: string): Manifest | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function textOf(manifest: Manifest): string {
  return `${JSON.stringify(inOrder(manifest), undefined, 2)}\n`;
}

/** The key signs other things too; the first line keeps them apart. */
function signedBytes(body: Omit<Manifest, 'signature'>): Buffer {
  return Buffer.from(`keyward audit archive\n${JSON.stringify(inOrder(body))}`);
}

function inOrder(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

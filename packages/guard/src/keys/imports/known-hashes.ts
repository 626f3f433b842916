import { inArray } from 'drizzle-orm';
import { apiKeys } from '../../database/schema.ts';
import { candidateHashes } from '../hash.ts';
import { importedHashes } from '../schema.ts';
import type { ImportRun } from './check-batch.ts';

/** What a hash is known from. */
export type KnownHash =
  | { readonly kind: 'imported' }
  | { readonly kind: 'this run'; readonly line: number }
  | { readonly kind: 'stored'; readonly keyId: string };

/**
 * Which hashes are not new. One that was imported is known for ever: its key may have been stored in another way since,
 * and one that was revoked must not come to life by importing the file again.
 */
export async function knownHashes(
  { tx, keyring, id: runId }: Pick<ImportRun, 'tx' | 'keyring' | 'id'>,
  keyHashes: readonly string[],
): Promise<(keyHash: string) => KnownHash | undefined> {
  const fingerprints = keyHashes.flatMap((keyHash) => candidateHashes(keyHash, keyring));
  const imported = await tx
    .select({
      fingerprint: importedHashes.fingerprint,
      runId: importedHashes.runId,
      line: importedHashes.line,
    })
    .from(importedHashes)
    .where(inArray(importedHashes.fingerprint, fingerprints));
  const stored = await tx
    .select({ keyHash: apiKeys.keyHash, keyId: apiKeys.id })
    .from(apiKeys)
    .where(inArray(apiKeys.keyHash, keyHashes));
  const runs = new Map(imported.map((row) => [row.fingerprint, row]));
  const keys = new Map(stored.map((row) => [row.keyHash, row.keyId]));
  return (keyHash) => {
    const row = candidateHashes(keyHash, keyring).flatMap((one) => runs.get(one) ?? [])[0];
    if (row !== undefined)
      return row.runId === runId ? { kind: 'this run', line: row.line } : { kind: 'imported' };
    const keyId = keys.get(keyHash);
    return keyId === undefined ? undefined : { kind: 'stored', keyId };
  };
}

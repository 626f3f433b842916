import type { Environment } from '../../caller.ts';
import { isProblem, type Problem } from '../../reply.ts';
import { generateApiKey, keyHints } from '../format.ts';
import { type HashNewKeyDeps, hashNewKey } from '../hash-new-key.ts';
import type { SuccessorSecret } from './successor.ts';

export interface NewSecret {
  readonly key: string;
  readonly stored: SuccessorSecret;
}

/** A new full key, and what is stored of it. 422 when it cannot be kept as configured. */
export async function newSecret(
  deps: HashNewKeyDeps,
  { service, environment }: { readonly service: string; readonly environment: Environment },
): Promise<NewSecret | Problem> {
  const checksumKey = deps.keyring.primary('checksum');
  const key = generateApiKey(service, environment, checksumKey);
  const keyHash = await hashNewKey(key, deps);
  return isProblem(keyHash)
    ? keyHash
    : { key, stored: { keyHash, checksumKeyId: checksumKey.id, ...keyHints(key) } };
}

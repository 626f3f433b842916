import type { KeyringKey } from '../../encryption/keyring.ts';
import { hasValidChecksum } from '../format.ts';
import type { Match } from './key-search.ts';
import type { Verdict } from './sighting.ts';

/**
 * What a match is, offline, by its keyed checksum (K1); undefined: part of a longer word, and so no key. Without
 * checksum keys nobody can tell.
 */
export function judgeMatch(
  match: Match,
  checksumKeys: readonly KeyringKey[] | undefined,
): Verdict | undefined {
  if (checksumKeys === undefined) return match.isBounded ? 'unchecked' : undefined;
  if (!match.isBounded && !match.isInBinary) return undefined;
  if (hasValidChecksum(match.text, checksumKeys)) return 'own';
  return match.isBounded ? 'lookalike' : undefined;
}

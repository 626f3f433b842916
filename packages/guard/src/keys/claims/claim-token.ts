import { timingSafeEqual } from 'node:crypto';
import { hmacSha256 } from '../../encryption/hmac.ts';
import type { Keyring, KeyringKey } from '../../encryption/keyring.ts';

const form = /^kwc_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/**
 * `kwc_<claim id>_<43 characters>`: who holds it may have the secrets of the claim's keys made (K8). It is computed from
 * the id and a key of the keyring and never stored, so that the database alone gives nothing and a process that goes on
 * after another died makes the same one.
 */
export function claimToken(keyring: Keyring, claimId: string): string {
  return `kwc_${claimId}_${macOf(claimId, keyring.primary('claims'))}`;
}

/** The claim id of a token that a key of this keyring made; undefined for any other text. Needs no look-up. */
export function readClaimToken(keyring: Keyring, text: string): string | undefined {
  const [, claimId, mac] = form.exec(text) ?? [];
  if (claimId === undefined || mac === undefined) return undefined;
  const given = Buffer.from(mac);
  let isOurs = false;
  for (const key of keyring.all('claims')) {
    if (timingSafeEqual(given, Buffer.from(macOf(claimId, key)))) isOurs = true;
  }
  return isOurs ? claimId : undefined;
}

/** The link that owners get. The token stands in the fragment, which browsers send to nobody, so that no log has it. */
export function claimLink(publicUrl: string, token: string): string {
  return `${publicUrl}/claim#${token}`;
}

function macOf(claimId: string, key: KeyringKey): string {
  return hmacSha256(key, `keyward claim ${claimId}`).toString('base64url');
}

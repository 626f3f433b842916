import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Environment } from '../caller.ts';
import type { KeyringKey } from '../encryption/keyring.ts';
import { shortHmacSha256 } from '../encryption/short-hmac.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const randomLength = 26;
const checksumLength = 6;
const form = /^sk-([a-z][a-z0-9]{0,31})_(live|test)_([A-Za-z0-9]{32})$/;
/** The longest key there can be: `sk-`, 32, `_live_`, 32. */
const keyLengthMax = 73;

export interface KeyForm {
  readonly service: string;
  readonly environment: Environment;
}

/**
 * A new key: `sk-<service>_<live|test>_`, 26 unbiased random characters (154 bits) and 6 of keyed checksum (K1).
 */
export function generateApiKey(service: string, environment: Environment, checksumKey: KeyringKey): string {
  const body = `sk-${service}_${environment}_${randomCharacters(randomLength)}`;
  return body + checksumOf(body, checksumKey);
}

/** What a text of the form of a key says of itself; undefined for any other text. No secret is needed for this. */
export function readKeyForm(text: string): KeyForm | undefined {
  if (text.length > keyLengthMax) return undefined;
  const match = form.exec(text);
  return match === null ? undefined : { service: match[1] as string, environment: match[2] as Environment };
}

/** Whether the checksum of a well-formed key was made by one of the keys: invented keys end here, without a look-up. */
export function hasValidChecksum(key: string, checksumKeys: readonly KeyringKey[]): boolean {
  const body = key.slice(0, -checksumLength);
  const given = Buffer.from(key.slice(-checksumLength), 'latin1');
  return checksumKeys.some((checksumKey) =>
    timingSafeEqual(given, Buffer.from(checksumOf(body, checksumKey), 'latin1')),
  );
}

/** What identifies a key to people: everything up to the environment and 4 characters more, and the last 4 (K2). */
export function keyHints(key: string): { prefix: string; lastFour: string } {
  const secretStart = key.lastIndexOf('_') + 1;
  return { prefix: key.slice(0, secretStart + 4), lastFour: key.slice(-4) };
}

function checksumOf(body: string, checksumKey: KeyringKey): string {
  // 48 bits reduced modulo 62^6 (35.7 bits): the bias is below 2^-12 and the checksum is no secret of its own.
  let number = Number.parseInt(shortHmacSha256(checksumKey, body).slice(0, 12), 16);
  let text = '';
  for (let at = 0; at < checksumLength; at += 1) {
    text += alphabet[number % alphabet.length];
    number = Math.floor(number / alphabet.length);
  }
  return text;
}

/** Characters drawn without bias: bytes at or above the largest multiple of 62 are thrown away. */
function randomCharacters(count: number): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < limit && text.length < count) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

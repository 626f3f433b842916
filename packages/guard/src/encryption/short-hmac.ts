import { hash } from 'node:crypto';
import type { KeyringKey } from './keyring.ts';

const blockBytes = 64;
const digestBytes = 32;
/** Of the texts: what one block of their hash holds besides the end of the key's. */
const charactersMax = 128;

const macs = new WeakMap<KeyringKey, (text: string) => string>();

/**
 * HMAC-SHA-256 (RFC 2104) in hexadecimal, of ASCII texts of at most 128 characters under a key of 32 bytes: two hashes
 * over buffers in which the padded key stands already. Node's own makes an object for each, at four times the cost (P9).
 */
export function shortHmacSha256(key: KeyringKey, text: string): string {
  let mac = macs.get(key);
  if (mac === undefined) {
    mac = macUnder(key.material);
    macs.set(key, mac);
  }
  return mac(text);
}

function macUnder(material: Buffer): (text: string) => string {
  const inner = padded(material, 0x36, charactersMax);
  const outer = padded(material, 0x5c, digestBytes);
  const innerOfLength = Array.from({ length: charactersMax + 1 }, (_, length) =>
    inner.subarray(0, blockBytes + length),
  );
  return (text) => {
    const whole = innerOfLength[text.length];
    if (whole === undefined) throw new RangeError(`a text of ${text.length} characters is too long`);
    inner.write(text, blockBytes, 'latin1');
    outer.write(hash('sha256', whole, 'binary'), blockBytes, 'latin1');
    return hash('sha256', outer, 'hex');
  };
}

function padded(material: Buffer, pad: number, moreBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes + moreBytes, pad);
  for (const [at, byte] of material.entries()) block[at] = byte ^ pad;
  return block;
}

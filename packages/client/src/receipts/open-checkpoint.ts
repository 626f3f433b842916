import { concat, equal, fromBase64, sha256, utf8 } from './bytes.ts';
import { InvalidReceiptError } from './receipt.ts';

export interface SignedCheckpoint {
  readonly origin: string;
  readonly number: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly signedAt: Date;
}

const noteForm =
  /^([^\s+]{1,200})\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\nkeyward (0|[1-9]\d{0,15}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?:-|[A-Za-z0-9+/]{43}=)\n\n((?:\u2014 [^ \n]+ [A-Za-z0-9+/=]+\n){1,16})$/u;

/** Reads a checkpoint (C2SP tlog-checkpoint in a signed note) and checks that one of the keys has signed it. */
export async function openCheckpoint(note: string, vkeys: readonly string[]): Promise<SignedCheckpoint> {
  if (vkeys.length === 0) throw new InvalidReceiptError('no key was given to check it with');
  const match = noteForm.exec(note);
  if (match === null) throw new InvalidReceiptError('its checkpoint cannot be read');
  const [, origin = '', size = '', root = '', number = '', time = '', signatures = ''] = match;
  const text = utf8(note.slice(0, note.length - signatures.length - 1));
  if (!(await isSignedByOne(text, signatures.trimEnd().split('\n'), origin, vkeys)))
    throw new InvalidReceiptError('its checkpoint is not signed by the given key');
  return {
    origin,
    number: Number(number),
    size: Number(size),
    root: fromBase64(root, 32),
    signedAt: new Date(time),
  };
}

async function isSignedByOne(
  text: Uint8Array<ArrayBuffer>,
  signatures: readonly string[],
  origin: string,
  vkeys: readonly string[],
): Promise<boolean> {
  for (const vkey of vkeys) {
    const { name, keyId, publicKey } = await readKey(vkey);
    if (name !== origin) continue;
    const key = await crypto.subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify']);
    for (const line of signatures) {
      const [, signer = '', base64 = ''] = line.split(' ');
      const bytes = fromBase64(base64);
      if (signer !== name || bytes.length !== 68 || !equal(bytes.subarray(0, 4), keyId)) continue;
      if (await crypto.subtle.verify('Ed25519', key, bytes.subarray(4), text)) return true;
    }
  }
  return false;
}

/** `name+hash+base64`: the hash is over the name and the key, so that neither can be mistaken. */
async function readKey(vkey: string) {
  const [, name = '', hash = '', base64 = ''] =
    /^([^\s+]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(vkey.trim()) ?? [];
  if (name === '') throw new InvalidReceiptError('the given key does not read name+hash+base64');
  const typed = fromBase64(base64, 33);
  const keyId = (await sha256(concat(utf8(`${name}\n`), typed))).subarray(0, 4);
  const hex = Array.from(keyId, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== hash || typed[0] !== 0x01)
    throw new InvalidReceiptError('the given key is not what its hash says');
  return { name, keyId, publicKey: typed.slice(1) };
}

import { isNoteName, type NoteSigner, type NoteVerifier } from './note-key.ts';

export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

export interface SignedNote {
  /** What is signed, ending in a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A text that is no signed note; the message says where. */
export class MalformedNoteError extends Error {
  override readonly name = 'MalformedNoteError';
}

const dash = '\u2014 ';
const signaturesMax = 100;

/** Signs a text that ends in a line feed (C2SP signed-note). */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = Buffer.concat([Buffer.from(signer.keyId, 'hex'), signer.sign(text)]);
  return `${text}\n${dash}${signer.name} ${signature.toString('base64')}\n`;
}

/** Reads a signed note strictly; checks no signature. Throws `MalformedNoteError`. */
export function parseNote(note: string): SignedNote {
  const end = note.lastIndexOf('\n\n');
  if (end === -1 || !note.endsWith('\n')) throw new MalformedNoteError('no signatures');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a note must not hold
  if (/[\x00-\x09\x0b-\x1f\ufffd]/.test(note)) throw new MalformedNoteError('control characters');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw new MalformedNoteError('too many signatures');
  return { text: note.slice(0, end + 1), signatures: lines.map(signatureOf) };
}

/** Whether one of the keys has signed the note. A signature that names a key but is not its own makes it false (C2SP). */
export function isSignedBy(note: SignedNote, verifiers: readonly NoteVerifier[]): boolean {
  let isSigned = false;
  for (const { name, keyId, signature } of note.signatures) {
    const verifier = verifiers.find((each) => each.name === name && each.keyId === keyId);
    if (verifier === undefined) continue;
    if (!verifier.holds(note.text, signature)) return false;
    isSigned = true;
  }
  return isSigned;
}

function signatureOf(line: string): NoteSignature {
  const match = /^\u2014 ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line);
  const [, name = '', base64 = ''] = match ?? [];
  const bytes = Buffer.from(base64, 'base64');
  if (!isNoteName(name) || bytes.length < 5 || bytes.toString('base64') !== base64)
    throw new MalformedNoteError('a signature line is malformed');
  return { name, keyId: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) };
}

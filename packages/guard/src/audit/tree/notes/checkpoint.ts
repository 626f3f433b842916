import { hash } from 'node:crypto';
import { fromBytes, type TreeHash, toBytes } from '../merkle.ts';
import { MalformedNoteError, parseNote, type SignedNote } from './signed-note.ts';

/** What a checkpoint says (C2SP tlog-checkpoint, and an extension line of ours). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: TreeHash;
  /** Counts the checkpoints of this log from 0. */
  readonly number: number;
  /** Unix milliseconds. */
  readonly signedAt: number;
  /** SHA-256 of the note before it, in base64; `-` for the first. */
  readonly previous: string;
}

export interface ParsedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly signed: SignedNote;
}

/** The text to be signed. */
export function checkpointText({ origin, size, root, number, signedAt, previous }: Checkpoint): string {
  const time = new Date(signedAt).toISOString();
  return `${origin}\n${size}\n${toBytes(root).toString('base64')}\nkeyward ${number} ${time} ${previous}\n`;
}

/** Reads a note that a log of ours made, strictly; checks no signature. Throws `MalformedNoteError`. */
export function parseCheckpoint(note: string): ParsedCheckpoint {
  const signed = parseNote(note);
  const [origin = '', sizeText = '', rootText = '', extension = '', ...more] = signed.text
    .slice(0, -1)
    .split('\n');
  const [, numberText = '', time = '', previous = ''] = extensionForm.exec(extension) ?? [];
  const checkpoint = {
    origin,
    size: Number(sizeText),
    root: fromBytes(Buffer.from(rootText, 'base64')),
    number: Number(numberText),
    signedAt: Date.parse(time),
    previous,
  };
  // Written again it must be the same text: so there is one way only to write each checkpoint.
  if (
    more.length > 0 ||
    extension === '' ||
    !isSound(checkpoint) ||
    checkpointText(checkpoint) !== signed.text
  )
    throw new MalformedNoteError('the text is not that of a checkpoint');
  return { checkpoint, signed };
}

/** How a checkpoint names the note before it. */
export function noteDigest(note: string): string {
  return hash('sha256', note, 'base64');
}

export const noPrevious = '-';

const extensionForm = /^keyward (\d{1,16}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (-|[A-Za-z0-9+/]{43}=)$/;

function isSound({ size, number, signedAt, root, previous }: Checkpoint): boolean {
  return (
    Number.isSafeInteger(size) &&
    Number.isSafeInteger(number) &&
    Number.isFinite(signedAt) &&
    root.length === 32 &&
    (number === 0) === (previous === noPrevious)
  );
}

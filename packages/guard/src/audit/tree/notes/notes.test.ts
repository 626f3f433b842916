import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyRoot } from '../merkle.ts';
import { type Checkpoint, checkpointText, noteDigest, parseCheckpoint } from './checkpoint.ts';
import { isNoteName, NoteKeyError, noteSigner, parseNoteKey } from './note-key.ts';
import { isSignedBy, MalformedNoteError, parseNote, signNote } from './signed-note.ts';

const newKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
const signer = noteSigner('keyward.test', newKey());
const verifier = parseNoteKey(signer.vkey);

// The example of golang.org/x/mod/sumdb/note, which the C2SP text was written after.
const peter = parseNoteKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
const petersNote = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

test('A4: the published note verifies with the published key, and not when a letter is changed', () => {
  expect(peter.keyId).toBe('c74f20a3');
  expect(isSignedBy(parseNote(petersNote), [peter])).toBe(true);
  expect(isSignedBy(parseNote(petersNote.replace('problem,', 'Problem,')), [peter])).toBe(false);
  expect(isSignedBy(parseNote(petersNote), [verifier])).toBe(false);
});

test('A4: a checkpoint that we sign is read again as it was, and holds under our key alone', () => {
  const checkpoint: Checkpoint = {
    origin: 'keyward.test',
    size: 12,
    root: emptyRoot,
    number: 3,
    signedAt: 1_790_000_000_123,
    previous: noteDigest('before'),
  };
  const note = signNote(checkpointText(checkpoint), signer);
  const parsed = parseCheckpoint(note);
  expect(parsed.checkpoint).toEqual(checkpoint);
  expect(isSignedBy(parsed.signed, [verifier])).toBe(true);
  expect(isSignedBy(parsed.signed, [parseNoteKey(noteSigner('keyward.test', newKey()).vkey)])).toBe(false);
  expect(isSignedBy(parseNote(note.replace('\n12\n', '\n13\n')), [verifier])).toBe(false);
});

test('A4: a signature in the name of the key but not by it spoils the note, whatever else signs it', () => {
  const text = 'a text\n';
  const good = signNote(text, signer);
  const forged = signNote('another\n', signer).split('\n\n')[1];
  expect(isSignedBy(parseNote(good), [verifier])).toBe(true);
  expect(isSignedBy(parseNote(good + forged), [verifier])).toBe(false);
  expect(
    isSignedBy(parseNote(good + signNote(text, noteSigner('other', newKey())).split('\n\n')[1]), [verifier]),
  ).toBe(true);
});

test('A4: what is not written exactly as a checkpoint is refused', () => {
  const checkpoint = {
    origin: 'o',
    size: 1,
    root: emptyRoot,
    number: 0,
    signedAt: 1_790_000_000_000,
    previous: '-',
  };
  const text = checkpointText(checkpoint);
  const wrong = [
    text.replace('\n1\n', '\n01\n'),
    text.replace('\n1\n', '\n+1\n'),
    text.replace('\n1\n', '\n9007199254740993\n'),
    text.replace('keyward 0', 'keyward 00'),
    text.replace(' -\n', '\n'),
    `${text}more\n`,
    text.replace('Z', '+00:00'),
    text.split('\n').slice(0, 3).join('\n').concat('\n'),
  ];
  for (const each of wrong) expect(() => parseCheckpoint(signNote(each, signer))).toThrow(MalformedNoteError);
  expect(() => parseCheckpoint(text)).toThrow(MalformedNoteError);
  expect(parseCheckpoint(signNote(text, signer)).checkpoint.number).toBe(0);
});

test('A4: whatever bytes stand for a note or a key, they are read or refused in words', () => {
  const seeds = [petersNote, signer.vkey, signNote('a\n', signer)];
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.nat(300), fc.string({ maxLength: 3 }), (seed, at, put) => {
      const text = seed.slice(0, at) + put + seed.slice(at + 1);
      expectRefusalInWords(() => parseNote(text), MalformedNoteError);
      expectRefusalInWords(() => parseCheckpoint(text), MalformedNoteError);
      expectRefusalInWords(() => parseNoteKey(text), NoteKeyError);
    }),
    { numRuns: 500 },
  );
  expect(['a', 'a b', 'a+b', ''].map(isNoteName)).toEqual([true, false, false, false]);
});

function expectRefusalInWords(work: () => unknown, kind: new (message: string) => Error): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
  }
}

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { openColumns, personalColumns } from './leaf-columns.ts';
import type { Receipt } from './receipt.ts';
import { verifyReceipt } from './verify-receipt.ts';

// A log of seven entries by node:crypto, apart from the code under test.
const sha256 = (...parts: (Buffer | string)[]) =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest();
const node = (left: Buffer, right: Buffer) => sha256(Buffer.from([1]), left, right);
const name = 'keyward.test';

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const typed = Buffer.concat([
    Buffer.from([1]),
    publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
  ]);
  const keyId = sha256(`${name}\n`, typed).subarray(0, 4);
  return { privateKey, keyId, vkey: `${name}+${keyId.toString('hex')}+${typed.toString('base64')}` };
}
const own = keyPair();
const other = keyPair();

function noteOf(size: number, root: Buffer, by: { privateKey: KeyObject; keyId: Buffer }): string {
  const text = `${name}\n${size}\n${root.toString('base64')}\nkeyward 4 2026-07-15T12:00:00.000Z ${sha256('x').toString('base64')}\n`;
  const signature = Buffer.concat([by.keyId, sign(null, Buffer.from(text), by.privateKey)]);
  return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`;
}

const salt = Buffer.alloc(16, 7);
const fields = { ip: '203.0.113.7', user_agent: 'a\tb', before: null, after: '{"a": "é"}' };
const entry = Object.fromEntries(openColumns.map((column, at) => [column, at === 6 ? '200' : `${column}\n`]));
const open = openColumns.map((column) => (column === 'status' ? '200' : `${column}\\n`)).join('\t');
const commitment = sha256(salt, '203.0.113.7\ta\\tb\t\\N\t{"a": "é"}');
const others = [0, 1, 2, 3, 5, 6].map((at) => sha256(`leaf ${at}`)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

let receipt: Receipt & { personal: { fields: Record<string, string | null>; salt: string } };
let root: Buffer;
beforeAll(() => {
  const leaf = sha256(Buffer.from([0]), open, '\t', commitment);
  const left = node(node(others[0], others[1]), node(others[2], others[3]));
  root = node(left, node(node(leaf, others[4]), others[5]));
  receipt = {
    format: 'keyward-receipt/1',
    entry,
    personal: { fields, salt: salt.toString('base64') },
    seq: 4,
    proof: [others[4], others[5], left].map((hash) => hash.toString('base64')),
    checkpoint: noteOf(7, root, own),
  };
});

test('A4, X4: a receipt says what it proves, with nothing but the public key', async () => {
  expect(await verifyReceipt(receipt, own.vkey)).toEqual({
    entry,
    personal: fields,
    seq: 4,
    checkpoint: {
      origin: name,
      number: 4,
      size: 7,
      root: root.toString('base64'),
      signedAt: new Date('2026-07-15T12:00:00Z'),
    },
  });
  const { personal } = await verifyReceipt(
    { ...receipt, personal: { commitment: commitment.toString('base64') } },
    other.vkey,
    own.vkey,
  );
  expect(personal).toBeUndefined();
});

const refused = (changed: unknown, vkey = own.vkey) => expect(verifyReceipt(changed, vkey)).rejects;

test('A4: a receipt with any field of the entry changed is refused', async () => {
  for (const column of openColumns) {
    for (const value of ['forged', null, `${entry[column]} `]) {
      await refused({ ...receipt, entry: { ...entry, [column]: value } }).toThrow(/not in the log/);
    }
  }
  for (const column of personalColumns) {
    const changed = { ...receipt.personal, fields: { ...fields, [column]: 'forged' } };
    await refused({ ...receipt, personal: changed }).toThrow(/not in the log/);
  }
  const swapped = { ...entry, id: entry.user_id, user_id: entry.id };
  await refused({ ...receipt, entry: swapped }).toThrow(/not in the log/);
  await refused({ ...receipt, entry: { ...entry, extra: 'believed' } }).toThrow(/other fields/);
  const { path: _left, ...fewer } = entry;
  await refused({ ...receipt, entry: fewer }).toThrow(/other fields/);
  const withSalt = { ...receipt.personal, salt: Buffer.alloc(16, 8).toString('base64') };
  await refused({ ...receipt, personal: withSalt }).toThrow(/not in the log/);
});

test('A4: a receipt with another number, sibling or length of its proof is refused', async () => {
  for (const seq of [0, 3, 5, 6]) await refused({ ...receipt, seq }).toThrow(/not in the log/);
  await refused({ ...receipt, seq: 7 }).toThrow(/does not cover/);
  for (const seq of [-1, 0.5, '4', 2 ** 60]) await refused({ ...receipt, seq }).toThrow(/number/);
  for (const at of [0, 1, 2]) {
    const proof = receipt.proof.with(at, sha256('forged').toString('base64'));
    await refused({ ...receipt, proof }).toThrow(/not in the log/);
    await refused({ ...receipt, proof: receipt.proof.toSpliced(at, 1) }).toThrow(/not in the log/);
  }
  await refused({ ...receipt, proof: [...receipt.proof, receipt.proof[0]] }).toThrow(/not in the log/);
  await refused({ ...receipt, proof: receipt.proof.toReversed() }).toThrow(/not in the log/);
});

test('A4: a checkpoint with any letter changed, or of another key, is refused', async () => {
  for (let at = 0; at < receipt.checkpoint.length; at += 1) {
    const letter = receipt.checkpoint[at] === 'A' ? 'B' : 'A';
    const checkpoint = receipt.checkpoint.slice(0, at) + letter + receipt.checkpoint.slice(at + 1);
    await refused({ ...receipt, checkpoint }).toThrow(/does not hold/);
  }
  await refused(receipt, other.vkey).toThrow(/not signed by the given key/);
  await refused({ ...receipt, checkpoint: noteOf(7, root, other) }).toThrow(/not signed by the given key/);
  await refused({ ...receipt, checkpoint: noteOf(7, root, { ...other, keyId: own.keyId }) }).toThrow(
    /not signed/,
  );
  for (const size of [5, 6, 9, 17])
    await refused({ ...receipt, checkpoint: noteOf(size, root, own) }).toThrow(/not in the log/);
});

test('A4: a key that is none is refused in words, and so is no key', async () => {
  const [, hash, ...rest] = own.vkey.split('+');
  for (const vkey of [
    '',
    'nothing',
    `other+${hash}+${rest.join('+')}`,
    own.vkey.replace(hash as string, '00000000'),
  ]) {
    await refused(receipt, vkey).toThrow(/the given key/);
  }
  await expect(verifyReceipt(receipt)).rejects.toThrow(/no key/);
});

test('A4: whatever is given as a receipt, it is refused in words', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything(), fc.constantFrom(...Object.keys(receipt)), async (value, field) => {
      await refused(value).toThrow(/does not hold/);
      await refused({ ...receipt, [field]: value }).toThrow(/does not hold/);
    }),
    { numRuns: 200 },
  );
});

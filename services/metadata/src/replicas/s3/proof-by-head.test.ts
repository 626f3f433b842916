import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReplicaItem } from '../replica.ts';
import { digestsOf } from './file-digests.ts';
import { proofByHead } from './proof-by-head.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digests-'));
});
afterAll(() => rm(folder, { recursive: true }));

const hashOf = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest();

test.each([
  [1, 1],
  [999, 1],
  [1_000, 1],
  [1_001, 2],
  [3_000, 3],
  [200_001, 201],
])('N6: the ETag of %i bytes in parts of 1,000 is that of %i parts', async (length, count) => {
  const bytes = randomBytes(length);
  const file = join(folder, String(length));
  await writeFile(file, bytes);
  const parts = Array.from({ length: count }, (_, n) =>
    hashOf('md5', bytes.subarray(n * 1_000, (n + 1) * 1_000)),
  );
  const etag =
    count === 1
      ? hashOf('md5', bytes).toString('hex')
      : `${hashOf('md5', Buffer.concat(parts)).toString('hex')}-${count}`;
  const sha256 = hashOf('sha256', bytes).toString('hex');
  expect(await digestsOf(file, 1_000, new AbortController().signal)).toEqual({ sha256, etag });
});

test('N6: as Cloudflare publishes it: two parts with these ETags make this one', () => {
  const parts = ['bce6bf66aeb76c7040fdd5f4eccb78e6', '8165449fc15bbf43d3b674595cbcc406'];
  const joined = Buffer.concat(parts.map((part) => Buffer.from(part, 'hex')));
  expect(`${hashOf('md5', joined).toString('hex')}-2`).toBe('f77dc0eecdebcd774a2a22cb393ad2ff-2');
});

const digests = { sha256: 'a'.repeat(64), etag: 'b'.repeat(32) };
const item = { sha256: digests.sha256, bytes: 10 } as ReplicaItem;
const own = { sha256: digests.sha256 };
const other = { sha256: 'c'.repeat(64) };
const md5 = 'd'.repeat(32);

test.each([
  ['the ETag is the MD5', { ETag: `"${digests.etag}"` }, 'same'],
  ['the ETag is the MD5 in capitals', { ETag: `"${digests.etag.toUpperCase()}"` }, 'same'],
  ['it is shorter, whatever it is called', { ContentLength: 9, ETag: `"${digests.etag}"` }, 'altered'],
  ['the ETag is another MD5, though our own words are kept', { ETag: `"${md5}"`, Metadata: own }, 'none'],
  ['the ETag is no MD5 and our own words are kept', { ETag: '"v1:opaque"', Metadata: own }, 'same'],
  ['the ETag is no MD5 and our own words are others', { ETag: '"v1:opaque"', Metadata: other }, 'none'],
  ['there is nothing but the length', {}, 'none'],
  [
    'it is encrypted with a key of the account',
    { ETag: `"${md5}"`, Metadata: own, ServerSideEncryption: 'aws:kms' as const },
    'same',
  ],
  [
    'it is encrypted with a key of ours, without our words',
    { ETag: `"${md5}"`, SSECustomerAlgorithm: 'AES256' },
    'none',
  ],
])('N6: when %s', (_, head, proof) => {
  expect(proofByHead({ ContentLength: 10, ...head }, item, digests)).toBe(proof);
});

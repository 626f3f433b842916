import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { importBytes } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { expect, test } from 'vitest';
import { blockBytesMax, documentCid } from './document-cid.ts';

/** The bytes of the published vectors: ChaCha20 under the SHA-256 of a seed. */
function vectorBytes(length: number): Buffer {
  const key = createHash('sha256').update('chunk-v1-seed').digest();
  return createCipheriv('chacha20', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

test('N4: the published identifiers of unixfs-v1-2025 (IPIP-0499)', () => {
  expect(documentCid(Buffer.from('hello world'))).toBe(
    'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
  );
  expect(documentCid(new Uint8Array())).toBe('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku');
  expect(documentCid(vectorBytes(blockBytesMax))).toBe(
    'bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta',
  );
});

test('N4: more than one block has no raw identifier', () => {
  expect(() => documentCid(vectorBytes(blockBytesMax + 1))).toThrow(RangeError);
});

test('N4: it is what an importer of that profile gives', async () => {
  const nowhere = { put: async (cid: CID) => cid };
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (content) => {
      const { cid } = await importBytes(content, nowhere, { profile: 'unixfs-v1-2025' });
      expect(documentCid(content)).toBe(cid.toString());
    }),
    { numRuns: 30 },
  );
});

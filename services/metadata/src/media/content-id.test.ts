import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importBytes } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { expect, test } from 'vitest';
import { contentIdOf, contentIdOfFile, sha256Of } from './content-id.ts';

test('N6: the CID of "hello world" is the one that IPIP-0499 names', () => {
  expect(contentIdOf(Buffer.from('hello world')).cid).toBe(
    'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
  );
});

const mebibyte = 1024 * 1024;

test.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 2 * mebibyte, 5 * mebibyte + 7])(
  'N6: the CID of %i bytes is the one that the reference importer gives, read from memory or from a file',
  async (bytes) => {
    const content = randomFillSync(Buffer.alloc(bytes));
    const nowhere = { put: async (cid: CID) => cid };
    const { cid } = await importBytes(content, nowhere, { profile: 'unixfs-v1-2025' });
    const expected = { sha256: sha256Of(content), cid: cid.toString() };
    expect(contentIdOf(content)).toEqual(expected);
    const folder = await mkdtemp(join(tmpdir(), 'content-id-'));
    await writeFile(join(folder, 'file'), content);
    expect(contentIdOfFile(join(folder, 'file'))).toEqual(expected);
    await rm(folder, { recursive: true });
  },
);

test('the digest is lower-case hexadecimal', () => {
  expect(sha256Of(Buffer.from('hello world'))).toBe(
    'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  );
});

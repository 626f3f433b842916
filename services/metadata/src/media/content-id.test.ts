import { expect, test } from 'vitest';
import { cidOf, sha256Of } from './content-id.ts';

test('N6: the CID of "hello world" is the one that IPIP-0499 names', async () => {
  expect(await cidOf(Buffer.from('hello world'))).toBe(
    'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e',
  );
});

test('the digest is lower-case hexadecimal', () => {
  expect(sha256Of(Buffer.from('hello world'))).toBe(
    'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  );
});

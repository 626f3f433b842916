import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUploadMetadata } from './parse-upload-metadata.ts';

const key = fc.stringMatching(/^[a-z]{1,9}$/);

test('N5: what a client encodes is read back', () => {
  fc.assert(
    fc.property(fc.dictionary(key, fc.string({ unit: 'grapheme' })), (given) => {
      const pairs = Object.entries(given);
      const header = pairs
        .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
        .join(',');
      expect([...(parseUploadMetadata(header) ?? [])].sort()).toEqual(pairs.sort());
    }),
  );
});

test('N5: any text is read or refused, never thrown at', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseUploadMetadata(text)));
});

test.each(['a YQ==,a YQ==', 'a b c', 'filename ***', 'a /w==', ',', 'ü YQ=='])(
  'N5: %j is refused',
  (header) => {
    expect(parseUploadMetadata(header)).toBeUndefined();
  },
);

test('N5: a prototype key is a key like any other', () => {
  expect(parseUploadMetadata('__proto__ YQ==')?.get('__proto__')).toBe('a');
});

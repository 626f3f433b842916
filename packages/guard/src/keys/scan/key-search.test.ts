import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeySearch } from './key-search.ts';

const key = `sk-meterr_live_${'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0xY'}`;
const search = createKeySearch();

function find(...pieces: (string | Uint8Array)[]) {
  search.begin();
  const found = pieces.flatMap((piece) =>
    search.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece),
  );
  return [...found, ...search.end()];
}

describe('K12: a key is found as people write it', () => {
  test.each([
    ['alone', key],
    ['in quotes', `KEY="${key}"`],
    ['after =', `KEY=${key}`],
    ['after a percent-encoded space', `curl?x=%20${key}%20`],
    ['between JSON escapes', `"a\\n${key}\\n"`],
    ['between Unicode escapes', `\\u0022${key}\\u0022`],
    ['in a path of words', `my_key_${key}_`],
    ['percent-encoded', key.replace('-', '%2D').replaceAll('_', '%5F')],
    ['percent-encoded in small letters', key.replace('-', '%2d').replaceAll('_', '%5f')],
    ['with JSON escapes', key.replace('-', '\\u002d').replaceAll('_', '\\u005F')],
    ['in Markdown', key.replaceAll('_', '\\_')],
    ['as UTF-16LE', Buffer.from(`KEY="${key}"`, 'utf16le')],
    ['as UTF-16BE', Buffer.from(`KEY="${key}"`, 'utf16le').swap16()],
    ['as UTF-16LE at the very end', Buffer.from(` ${key}`, 'utf16le')],
  ])('%s', (_how, data) => {
    expect(find(data)).toMatchObject([{ text: key, isBounded: true }]);
  });

  test.each([
    ['before', `x${key}`],
    ['behind', `${key}x`],
    ['before, in UTF-16', Buffer.from(`x${key}`, 'utf16le')],
    ['behind, in UTF-16BE', Buffer.from(`${key}x`, 'utf16le').swap16()],
  ])('part of a longer word is not bounded: %s', (_how, data) => {
    expect(find(data)).toMatchObject([{ text: key, isBounded: false }]);
  });

  test.each([
    'sk-meterr_prod_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0xY',
    'sk-meterr_live_short',
    `sk-${'a'.repeat(33)}_live_${'A'.repeat(32)}`,
    'SK-METERR_LIVE_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0xY',
  ])('and nothing else: %s', (text) => {
    expect(find(text)).toEqual([]);
  });
});

test('K12: a zero byte near the beginning says that the data is binary', () => {
  expect(find(`\0\x02${key}`)).toMatchObject([{ isInBinary: true }]);
  expect(find(`${' '.repeat(9000)}\0${key}`)).toMatchObject([{ isInBinary: false }]);
});

test('K12: every key is found once, at its place, however the data is cut', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 });
  const gaps = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 8 });
  fc.assert(
    fc.property(gaps, sizes, fc.boolean(), (between, cuts, isWide) => {
      const plain = between.map((gap) => `${'.'.repeat(gap)}${key}`).join('');
      const data = Buffer.from(plain, isWide ? 'utf16le' : 'latin1');
      const places = [...plain.matchAll(/sk-/g)].map(({ index }) => (isWide ? 2 * index : index));
      const pieces: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < data.length; turn += 1) {
        const size = cuts[turn % cuts.length] as number;
        pieces.push(data.subarray(at, at + size));
        at += size;
      }
      expect(find(...pieces).map(({ text, offset, isBounded }) => [text, offset, isBounded])).toEqual(
        places.map((offset) => [key, offset, true]),
      );
    }),
  );
});

test('K12: a piece larger than the window is searched in parts, and no key between them is lost', () => {
  for (let at = 262_144 - 80; at <= 262_144 + 10; at += 7) {
    const data = Buffer.alloc(600_000, '.');
    data.write(key, at);
    data.write(key, 600_000 - key.length);
    expect(find(data).map(({ offset }) => offset)).toEqual([at, 600_000 - key.length]);
  }
});

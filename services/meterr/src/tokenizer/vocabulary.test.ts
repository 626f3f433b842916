import { expect, test } from 'vitest';
import { readRanks } from './read-ranks.ts';
import { createVocabulary } from './vocabulary.ts';

const bytes = Array.from({ length: 256 }, (_, byte) => Buffer.from([byte]));

function file(tokens: readonly Buffer[], ranks = tokens.map((_, rank) => rank)): Buffer {
  return Buffer.from(tokens.map((token, i) => `${token.toString('base64')} ${ranks[i]}\n`).join(''));
}

test('T1: a vocabulary is read byte for byte, ranks with holes included', () => {
  const tokens = [...bytes, Buffer.from('ab'), Buffer.from('abc'), Buffer.from([0xff, 0x00, 0xfe])];
  const read = readRanks(
    file(
      tokens,
      [...tokens.keys()].map((rank) => rank * 2),
    ),
  );
  expect(read.count).toBe(tokens.length);
  expect(Buffer.from(read.bytes)).toEqual(Buffer.concat(tokens));
  expect([...read.offsets.slice(-4)]).toEqual([256, 258, 261, 264]);
});

test('T1: a truncated or disordered vocabulary is refused, not counted with', () => {
  expect(() => readRanks(file(bytes).subarray(0, -1))).toThrow('newline');
  expect(() => readRanks(file(bytes, [...bytes.keys()].reverse()))).toThrow('out of order');
  expect(() => readRanks(Buffer.from('QQ==\nQg== 1\n'))).toThrow('out of order');
  const withoutOneByte = [...bytes.slice(1), Buffer.from('ab')];
  expect(() => createVocabulary(readRanks(file(withoutOneByte)))).toThrow('has 2 bytes');
});

test('T1: a token that earlier ones cannot be merged into is refused', () => {
  const vocabulary = file([...bytes, Buffer.from('abc')]);
  expect(() => createVocabulary(readRanks(vocabulary))).toThrow('not the merge of two earlier ones');
});

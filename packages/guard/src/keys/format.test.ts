import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateKey } from '../encryption/keyring.ts';
import { generateApiKey, hasValidChecksum, keyHints, readKeyForm } from './format.ts';

const checksumKey = generateKey('checksum');

test('K1: a meterr key matches the pattern of the checklist', () => {
  for (let round = 0; round < 200; round += 1) {
    expect(generateApiKey('meterr', 'live', checksumKey)).toMatch(/^sk-meterr_(live|test)_[a-zA-Z0-9]{32}$/);
  }
});

test('K1: the random characters are drawn evenly', () => {
  const counts = new Map<string, number>();
  const keys = 4000;
  for (let round = 0; round < keys; round += 1) {
    for (const character of generateApiKey('m', 'live', checksumKey).slice(10, 36))
      counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const expected = (keys * 26) / 62;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  expect(counts.size).toBe(62);
  // 61 degrees of freedom: 130 is passed by chance less than once in a million runs.
  expect(chiSquare).toBeLessThan(130);
});

test('K1: a mistyped or invented key fails its checksum, one of a previous checksum key passes', () => {
  const key = generateApiKey('meterr', 'live', checksumKey);
  expect(hasValidChecksum(key, [generateKey('checksum'), checksumKey])).toBe(true);
  expect(hasValidChecksum(key, [generateKey('checksum')])).toBe(false);
  for (let at = 15; at < key.length; at += 1) {
    const mistyped = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1);
    expect(hasValidChecksum(mistyped, [checksumKey])).toBe(false);
  }
  expect(hasValidChecksum(key.replace('_live_', '_test_'), [checksumKey])).toBe(false);
});

test.each([
  '',
  'sk-',
  'sk-meterr_live_',
  `sk-meterr_live_${'a'.repeat(31)}`,
  `sk-meterr_live_${'a'.repeat(33)}`,
  `sk-meterr_prod_${'a'.repeat(32)}`,
  `SK-meterr_live_${'a'.repeat(32)}`,
  `sk-meterr_live_${'a'.repeat(31)}\n`,
  `sk-meterr_live_${'a'.repeat(31)}\u0430`,
  ` sk-meterr_live_${'a'.repeat(32)}`,
  `sk-meterr_live_${'a'.repeat(31)}\0`,
  `sk-__proto___live_${'a'.repeat(32)}`,
])('K1: %j has not the form of a key', (text) => expect(readKeyForm(text)).toBeUndefined());

test('K1: no text makes the reader of the form throw', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void readKeyForm(text)));
});

test('K2: a key is identified by its prefix with four characters, and its last four', () => {
  const key = generateApiKey('metadata', 'test', checksumKey);
  expect(readKeyForm(key)).toEqual({ service: 'metadata', environment: 'test' });
  expect(keyHints(key)).toEqual({ prefix: key.slice(0, 21), lastFour: key.slice(-4) });
});

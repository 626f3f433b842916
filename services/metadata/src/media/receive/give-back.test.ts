import { expect, test } from 'vitest';
import { giveBack } from './give-back.ts';

test('U1: a whole chunk gives its memory back; a piece of a larger buffer is left alone', () => {
  const whole = new Uint8Array(8_192);
  const larger = new Uint8Array(8_192).fill(7);
  const piece = larger.subarray(0, 8_000);
  const small = Buffer.from('small');
  giveBack([whole, piece, small]);
  expect([whole.byteLength, piece.byteLength, small.toString()]).toEqual([0, 8_000, 'small']);
  expect(larger.every((byte) => byte === 7)).toBe(true);
});

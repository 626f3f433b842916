import { isProblem } from '@keyward/guard';
import { expect, test } from 'vitest';
import { fileNameOf } from './file-name.ts';

test.each([
  ['cat.png', 'cat.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\me\\cat.png', 'cat.png'],
  ['..', 'file'],
  ['dir/', 'file'],
  ['', 'file'],
  [undefined, 'file'],
  ['a "quoted" name.png', 'a "quoted" name.png'],
  ['a %22quoted%22 100%.png', 'a "quoted" 100%.png'],
  ['mèo 猫 🐱.png', 'mèo 猫 🐱.png'],
  ["'; DROP TABLE media; --.png", "'; DROP TABLE media; --.png"],
])('V3: the name %j is kept as the text %j', (claimed, name) => {
  expect(fileNameOf(claimed)).toBe(name);
});

test.each([
  'a\r\nb.png',
  'a%0D%0Ab.png',
  'a\u0000.png',
  'cat\u202egnp.exe',
  'a\u2066b',
  'a\u0085b',
  'x'.repeat(256),
])('V3: the name %j is refused', (claimed) => {
  expect(isProblem(fileNameOf(claimed))).toBe(true);
});

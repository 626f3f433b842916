import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { mutations } from './testing/mutations.ts';

test.each(mutations)('L3: the fault "$what" is still one that can be made', async ({ file, from, to }) => {
  const source = await readFile(new URL(file, import.meta.url), 'utf8');
  expect(source.split(from)).toHaveLength(2);
  expect(from).not.toBe(to);
});

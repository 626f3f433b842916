import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { mutations } from './testing/mutations.ts';

const root = new URL('../../', import.meta.url);

test.each(mutations)(
  'A2: the fault "$what" is still one that can be made',
  async ({ file, from, to, caughtBy }) => {
    const source = await readFile(new URL(file, root), 'utf8');
    expect(source.split(from)).toHaveLength(2);
    expect(from).not.toBe(to);
    const [testFile, words] = caughtBy;
    expect(await readFile(new URL(testFile, root), 'utf8')).toContain(words);
  },
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLines } from './count-lines.ts';

test('K12: the line of an offset is one more than the newlines before it, however the data is cut', async () => {
  const data = fc.array(fc.constantFrom('\n', 'a', 'bb\n'), { maxLength: 60 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(
      data,
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(80), { maxLength: 6 }),
      async (text, size, wanted) => {
        const offsets = wanted.filter((offset) => offset < text.length).sort((a, b) => a - b);
        const pieces: Buffer[] = [];
        for (let at = 0; at < text.length; at += size) pieces.push(Buffer.from(text.slice(at, at + size)));
        expect(await countLines(pieces, offsets)).toEqual(
          offsets.map((offset) => text.slice(0, offset).split('\n').length),
        );
      },
    ),
  );
});

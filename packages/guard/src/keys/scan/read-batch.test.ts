import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchReader } from './read-batch.ts';

const object = (digit: string): string => digit.repeat(40);

function read(pieces: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const take = batchReader({
    begin: (name, type) => void seen.push(`${name[0]} ${type} `),
    data: (bytes) => {
      seen[seen.length - 1] += Buffer.from(bytes).toString('latin1');
    },
    end: () => {
      seen[seen.length - 1] += '.';
    },
    missing: (name) => void seen.push(`${name[0]} missing`),
  });
  for (const piece of pieces) take(piece);
  return seen;
}

test('K12: objects are told apart however the output is cut, whatever they hold', () => {
  const contents = fc.array(fc.string({ unit: fc.constantFrom('\n', 'a', `${object('b')} blob 3\n`) }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(contents, fc.integer({ min: 1, max: 50 }), (bodies, size) => {
      const output = bodies.map((body) => `${object('a')} blob ${body.length}\n${body}\n`).join('');
      const data = Buffer.from(`${output}${object('c')} missing\n${object('d')} tree 0\n\n`);
      const pieces: Buffer[] = [];
      for (let at = 0; at < data.length; at += size) pieces.push(data.subarray(at, at + size));
      expect(read(pieces)).toEqual([...bodies.map((body) => `a blob ${body}.`), 'c missing', 'd tree .']);
    }),
  );
});

test.each(['nonsense\n', `${object('a')} blob x\n`, 'x'.repeat(300)])('K12: %j names no object', (text) => {
  expect(() => read([Buffer.from(text)])).toThrow(/names no object/);
});

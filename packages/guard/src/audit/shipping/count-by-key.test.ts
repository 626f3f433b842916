import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeEntry } from '../journal/encode-entry.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import { countByKey, type KeyCounts } from './count-by-key.ts';

const entry = fc
  .record({
    apiKey: fc.option(
      fc.oneof(
        fc.constantFrom('k1', 'k2', '\\N', 'N', '', 'a\tb', 'a\\b', 'é', 'line\nfeed'),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
      ),
    ),
    userId: fc.option(fc.string({ maxLength: 9 })),
    method: fc.constantFrom('GET', 'POST', '-', '--', ''),
    path: fc.string({ maxLength: 30 }),
    status: fc.constantFrom(0, 5, 50, 99, 200, 302, 399, 400, 404, 499, 500, 599, 1000),
    after: fc.option(fc.jsonValue({ maxDepth: 1 })),
  })
  .map((changes) => sampleEntry(changes));

test('K11: what is counted from the encoded lines is what the entries say', () => {
  fc.assert(
    fc.property(fc.array(fc.array(entry, { maxLength: 5 }), { maxLength: 5 }), (pieces) => {
      const counts: KeyCounts = new Map();
      countByKey(
        pieces.map((entries) => Buffer.from(entries.map(encodeEntry).join(''))),
        counts,
      );
      const expected: KeyCounts = new Map();
      for (const { apiKey, method, status } of pieces.flat()) {
        if (apiKey === null || method === '-') continue;
        const id = apiKey.toWellFormed().replaceAll('\0', '\uFFFD');
        const count = expected.get(id) ?? { requests: 0, errors: 0 };
        expected.set(id, {
          requests: count.requests + 1,
          errors: count.errors + (status >= 400 ? 1 : 0),
        });
      }
      expect(counts).toEqual(expected);
    }),
  );
});

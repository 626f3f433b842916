import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleEntry } from '../testing/sample-entry.ts';
import { decodeLine } from './decode-line.ts';
import { encodeEntry, lineCharactersMax } from './encode-entry.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const awkward = fc.constantFrom(
  '\\',
  '\\N',
  '\t',
  '\n',
  '\r',
  '\0',
  '\\.',
  '',
  '"',
  '{}',
  ',',
  '\ud800',
  '€',
);
const text = fc.oneof(
  anyText,
  awkward,
  fc.array(awkward).map((parts) => parts.join('')),
);

function stored(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\uFFFD');
}

test('V3: whatever text an entry holds, its line is one line and reads back as that text', () => {
  fc.assert(
    fc.property(text, text, fc.option(text), fc.array(text), (path, action, userAgent, objectIds) => {
      const line = Buffer.from(encodeEntry(sampleEntry({ path, action, userAgent, objectIds }))).toString();
      expect(line.indexOf('\n')).toBe(line.length - 1);
      const read = decodeLine(line);
      expect(read.path).toBe(stored(path));
      expect(read.action).toBe(stored(action));
      expect(read.user_agent).toBe(userAgent === null ? null : stored(userAgent));
    }),
  );
});

test('A1: at most 100 object ids are kept', () => {
  const objectIds = Array.from({ length: 150 }, (_, index) => `md_${index}`);
  const read = decodeLine(encodeEntry(sampleEntry({ objectIds, objectCount: 150 })));
  expect(read.object_ids?.split(',')).toHaveLength(100);
  expect(read.object_count).toBe('150');
});

test('A2: an entry is never too large or too strange to be written', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const huge = 'x'.repeat(3 * lineCharactersMax);
  expect(decodeLine(encodeEntry(sampleEntry({ before: circular }))).before).toContain('not_serialisable');
  expect(decodeLine(encodeEntry(sampleEntry({ after: 10n }))).after).toContain('not_serialisable');
  const large = decodeLine(encodeEntry(sampleEntry({ path: huge, userAgent: huge, after: { huge } })));
  expect(large.path).toHaveLength(2048);
  expect(JSON.parse(large.after ?? '')).toEqual({ omitted_characters: huge.length + 11 });
  const odd = decodeLine(encodeEntry(sampleEntry({ createdAt: Number.NaN, durationMs: -1, status: 1e99 })));
  expect(odd).toMatchObject({
    created_at: '1970-01-01T00:00:00.000Z',
    duration_ms: '0',
    status: '2147483647',
  });
});

import { expect, test } from 'vitest';
import { journalBytesMax } from './journal-bytes.ts';

test.each([
  [undefined, undefined],
  ['134217728', 134_217_728],
  ['128MiB', 134_217_728],
  ['20GiB', 21_474_836_480],
])('O6: JOURNAL_BYTES_MAX=%s is %s bytes', (text, bytes) => {
  const problems: string[] = [];
  expect(journalBytesMax(text, problems)).toBe(bytes);
  expect(problems).toEqual([]);
});

test.each(['0', '127MiB', '1', '-5GiB', '1.5GiB', '20 GiB', '20GB', 'half', '999999999999999GiB', ''])(
  'O6: JOURNAL_BYTES_MAX=%s is refused at the start',
  (text) => {
    const problems: string[] = [];
    expect(journalBytesMax(text, problems)).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('JOURNAL_BYTES_MAX must be')]);
  },
);

import { isProblem } from '@keyward/guard';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callTags } from './call-tags.ts';

test('T5: tags come by header, percent-encoded where they must be', () => {
  expect(callTags(null)).toBeNull();
  expect(callTags(' ')).toBeNull();
  expect(callTags('team=a, feature=b')).toEqual({ team: 'a', feature: 'b' });
  expect(callTags('a%2Cb=c%3Dd,e=f=g,h=')).toEqual({ 'a,b': 'c=d', e: 'f=g', h: '' });
});

test('T5: wrong tags are refused, not left out: a budget would not see the call', () => {
  const many = Array.from({ length: 11 }, (_, at) => `t${at}=x`).join(',');
  const wrong = [
    'team',
    '=a',
    'a=1,a=2',
    'a=%',
    'a=%00',
    'a=%ff',
    ',',
    many,
    `${'n'.repeat(65)}=x`,
    `n=${'v'.repeat(201)}`,
  ];
  for (const header of wrong) expect([header, isProblem(callTags(header))]).toEqual([header, true]);
});

test('T5: any tags within the bounds come back as they were', () => {
  const tags = fc.dictionary(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((name) => !name.includes('\0') && name !== '__proto__'),
    fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !value.includes('\0')),
    { minKeys: 1, maxKeys: 10 },
  );
  fc.assert(
    fc.property(tags, (wanted) => {
      const header = Object.entries(wanted)
        .map((pair) => pair.map(encodeURIComponent).join('='))
        .join(',');
      expect({ ...callTags(header) }).toEqual({ ...wanted });
    }),
  );
});

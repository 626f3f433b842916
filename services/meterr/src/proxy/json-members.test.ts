import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memberSpan, withMember } from './json-members.ts';

/** JSON text with white space of every kind between its tokens. */
const spaced = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom('', ' ', '\n\t', '\r\n'))
  .map(([value, space]) => ({ value, text: JSON.stringify(value, null, space === '' ? undefined : space) }));

test('T6: the member that is found is the one that JSON.parse finds', () => {
  fc.assert(
    fc.property(spaced, ({ value, text }) => {
      for (const [name, member] of Object.entries(value)) {
        const span = memberSpan(text, name);
        expect(JSON.parse(text.slice(span?.start, span?.end))).toEqual(JSON.parse(JSON.stringify(member)));
      }
      expect(memberSpan(text, 'no such member \u0000')).toBeUndefined();
    }),
  );
});

test('T6: a member that is put in is the only change', () => {
  fc.assert(
    fc.property(spaced, ({ value, text }) => {
      const changed = JSON.parse(withMember(text, 'new member \u0000', '{"a":1}'));
      expect(changed).toEqual({ 'new member \u0000': { a: 1 }, ...JSON.parse(JSON.stringify(value)) });
    }),
  );
});

test('T6: of two members of one name the last counts, and strings hold no members', () => {
  const text = '{"a":"\\"stream\\":1,\\\\","stream":{"x":[1,"}"]},"stream" : 12345678901234567890 }';
  const span = memberSpan(text, 'stream');
  expect(text.slice(span?.start, span?.end)).toBe('12345678901234567890');
  expect(memberSpan('[1]', 'a')).toBeUndefined();
});

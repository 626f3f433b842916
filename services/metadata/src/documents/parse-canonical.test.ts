import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize } from '../content-identifiers/canonicalize.ts';
import { parseCanonical } from './parse-canonical.ts';

test('it reads back every value that canonicalize wrote', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = canonicalize(value);
      expect(canonicalize(parseCanonical(text))).toBe(text);
      // With something to escape, the text takes the other way.
      const wrapped = canonicalize({ '"\n\\': value, '__proto__\t': [value, '\\'] });
      expect(canonicalize(parseCanonical(wrapped))).toBe(wrapped);
    }),
  );
});

test('an escaped key is not taken for a key of an earlier text (nodejs/node#63785)', () => {
  JSON.parse('{"q":1,"\\\\":2}');
  expect(parseCanonical('{"q":1,"\\n":2}')).toEqual({ q: 1, '\n': 2 });
  expect(parseCanonical('{"q":1,"\\"":{"q":[],"\\\\":{}}}')).toEqual({ q: 1, '"': { q: [], '\\': {} } });
});

test('V2: a member named __proto__ stays a member', () => {
  const value = parseCanonical('{"\\n":1,"__proto__":{"admin":true}}') as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(['\n', '__proto__']);
  expect(value.admin).toBeUndefined();
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyPattern, keyPattern } from './key-pattern.ts';

function pattern(source: string): KeyPattern {
  const read = keyPattern(source);
  if ('defect' in read) throw new Error(`${source}: ${read.defect}`);
  return read;
}

const key = 'Ab3'.repeat(11).slice(0, 32);

test('K13: a pattern is of the whole key, in its case, and nothing may be appended', () => {
  const own = pattern('sk-meterr_live_[A-Za-z0-9]{32}');
  const text = `sk-meterr_live_${key}`;
  expect(own.matches(text)).toBe(true);
  const others = [
    `${text}a`,
    `${text}\n`,
    `${text}\0`,
    ` ${text}`,
    text.slice(0, -1),
    text.replace('sk-', 'SK-'),
    text.replace('live', 'test'),
    `${text}\n${text}`,
    '',
  ];
  expect(others.filter((other) => own.matches(other))).toEqual([]);
});

test.each([
  ['acme_[a-f0-9]{40}', 45, 45],
  ['^acme_[a-f0-9]{40}$', 45, 45],
  ['a\\.b[\\-\\]\\\\]{20,30}!', 24, 34],
  ['[A-Za-z0-9_-]{43}', 43, 43],
  ['k[ab]c{3}[0-9]{0,9}', 5, 14],
])('K13: %s can be declared', (source, lengthMin, lengthMax) => {
  expect(pattern(source)).toMatchObject({ lengthMin, lengthMax });
});

test.each([
  ['', 'empty'],
  ['acme_.{32}', '\\.'],
  ['acme_[a-z]+', '+'],
  ['acme_[a-z]*', '*'],
  ['acme_?', '?'],
  ['(a|b)', '('],
  ['a|b', '|'],
  ['[^a]{32}', 'negated'],
  ['[a-z]{3,}', 'never open'],
  ['[a-z]{,3}', 'never open'],
  ['[a-z]{3}{3}', '{'],
  ['[a-z]{5,3}', 'at least as large'],
  ['[a-z]{1,2}[0-9]{1,2}', 'variable length'],
  ['[a-z]{150}[0-9]{51}', '201 characters'],
  ['[z-a]', 'backwards'],
  ['[a-z', 'not closed'],
  ['[]', 'empty'],
  ['\\d{32}', '[0-9]'],
  ['a b', 'visible'],
  ['a,b', 'commas'],
  ['[ -~]{32}', 'visible'],
  ['schlüssel', 'visible'],
  ['a\n', 'visible'],
  ['a$b', '$'],
  ['a'.repeat(301), '300'],
])('K13: %j cannot be declared, and it is said why', (source, why) => {
  const read = keyPattern(source);
  expect('defect' in read ? read.defect : 'declared').toContain(why);
});

const classes = ['[a-z]', '[A-F0-9]', '[A-Za-z0-9_-]', 'x', '\\.'];
const parts = fc
  .array(fc.record({ set: fc.constantFrom(...classes), count: fc.integer({ min: 1, max: 8 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .chain((fixed) => fc.record({ fixed: fc.constant(fixed), at: fc.nat(fixed.length - 1), more: fc.nat(5) }))
  .map(({ fixed, at, more }) =>
    fixed
      .map(({ set, count }, i) => `${set}{${i === at && more > 0 ? `${count},${count + more}` : count}}`)
      .join(''),
  );

test('K13: a pattern matches what the same regular expression matches, and every beginning of it is a prefix', () => {
  fc.assert(
    fc.property(
      parts.chain((source) =>
        fc.record({ source: fc.constant(source), text: fc.stringMatching(new RegExp(`^${source}$`)) }),
      ),
      fc.string({ maxLength: 3, unit: fc.constantFrom(...'az09AFx._-~ \0') }),
      fc.nat(40),
      ({ source, text }, inserted, at) => {
        const read = pattern(source);
        expect(read.matches(text)).toBe(true);
        expect(read.allowsPrefix(text.slice(0, at))).toBe(true);
        const changed = text.slice(0, at) + inserted + text.slice(at);
        expect(read.matches(changed)).toBe(new RegExp(`^${source}$`).test(changed));
        expect(text.length >= read.lengthMin && text.length <= read.lengthMax).toBe(true);
        expect(read.mayOverlap(read)).toBe(true);
      },
    ),
  );
});

test('K13: any text is read as a pattern or refused, never an exception', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab[]{}(),-^$\\|.*+?019 \0ü'), maxLength: 40 }),
      (source) => {
        const read = keyPattern(source);
        if (!('defect' in read)) expect(read.lengthMax).toBeGreaterThan(0);
      },
    ),
  );
});

test('K13: two patterns overlap unless a place or a length tells them apart', () => {
  const [acme, other] = [pattern('acme_[a-z]{20}'), pattern('[a-z]{4}_[a-z]{20}')];
  expect(acme.mayOverlap(other)).toBe(true);
  expect(acme.mayOverlap(pattern('acme_[a-z]{21}'))).toBe(false);
  expect(acme.mayOverlap(pattern('bcme_[a-z]{20}'))).toBe(false);
  expect(acme.secretBits(9)).toBeCloseTo(16 * Math.log2(26));
});

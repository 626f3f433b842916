import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import * as o200k from 'gpt-tokenizer/encoding/o200k_base';
import * as p50k from 'gpt-tokenizer/encoding/p50k_base';
import * as r50k from 'gpt-tokenizer/encoding/r50k_base';
import { describe, expect, test } from 'vitest';
import { countTokens } from './count-tokens.ts';
import type { Encoding } from './encodings.ts';

const peers = {
  r50k_base: r50k,
  p50k_base: p50k,
  cl100k_base: cl100k,
  o200k_base: o200k,
  o200k_harmony: o200k,
};
const names = Object.keys(peers) as Encoding[];

/** The peer reads U+0085 and U+FEFF by JavaScript's `\s` and knows no ſ as s; the anchors below cover these. */
function countByPeer(text: string, encoding: Encoding): number {
  return peers[encoding].countTokens(text, { disallowedSpecial: new Set() });
}

function expectAsPeer(text: string): void {
  const ours = names.map((name) => countTokens(text, name));
  expect(ours).toEqual(names.map((name) => countByPeer(text, name)));
}

// Counts in cl100k_base and o200k_base as OpenAI's own tiktoken gives them.
const anchors: readonly (readonly [string, number, number])[] = [
  ['', 0, 0],
  ['hello world', 2, 2],
  ['Hello, world!', 4, 4],
  ['<|endoftext|>', 7, 7],
  [' \u00850', 4, 4],
  ['\u0085\u0085x', 5, 5],
  ['\ufeff\ufeffx', 3, 2],
  ['!\ufeff\ufeff', 3, 2],
  ['\u2019\u017fabc', 4, 3],
  ["'\u017fabc", 4, 3],
  ["I'\u017fabc", 5, 4],
  ["I'Sabc", 3, 3],
  ['a\n  ', 3, 3],
  ['a \ud800b', 3, 3],
  ["WE'LLbe", 4, 4],
  ['٣٤٥٦', 8, 4],
  ['ªAB', 2, 2],
  ['  \n  x', 3, 3],
  ['!\n//\n', 2, 2],
  ['👩🏽‍💻 é', 11, 8],
  ['word '.repeat(2500), 2501, 2501],
  ['a'.repeat(100_000), 12_500, 12_500],
  [' '.repeat(100_000), 782, 782],
];

describe('T1: the fixed anchors', () => {
  const titled = anchors.map(
    ([text, ...counts]) => [JSON.stringify(text.slice(0, 30)), text, counts] as const,
  );
  test.each(titled)('%s', (_, text, counts) => {
    expect([countTokens(text, 'cl100k_base'), countTokens(text, 'o200k_base')]).toEqual(counts);
  });
});

test('T1: the test plans that come with the vocabularies', () => {
  const path = createRequire(import.meta.url).resolve('gpt-tokenizer/data/TestPlans.txt');
  const plans = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const found = [...plans.matchAll(/EncodingName: (\w+)\nSample: ([\s\S]*?)\nEncoded: \[(.*)\]/g)]
    .map(([, name = '', sample = '', tokens = '']) => ({ name, sample, tokens: tokens.match(/\d+/g) ?? [] }))
    .filter(({ name }) => name in peers);
  expect(found.length).toBeGreaterThan(100);
  for (const { name, sample, tokens } of found) {
    expect([sample, countTokens(sample, name as Encoding)]).toEqual([sample, tokens.length]);
  }
});

const scripts = [
  'The quick brown fox jumps over the lazy dog. ',
  "I'd we'll THEY'VE you're It'S can't 'tis 'LLama ",
  'Être où ça naïve Straße ﬁn Ǆ ǅ ı İ ',
  'Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία ',
  'Съешь же ещё этих мягких французских булок ',
  'דג סקרן שט בים مرحبا بالعالم فارسی ',
  'नमस्ते दुनिया বাংলা தமிழ் ไทย ລາວ ',
  '你好，世界。こんにちは、世界！안녕하세요 ',
  'ქართული Հայերեն ᏣᎳᎩ አማርኛ 𐐀𐐨 ',
  '👩🏽‍💻👨‍👩‍👧‍👦🇩🇪🏴󠁧󠁢󠁳󠁣󠁴󠁿❤️🔥☝🏿 ',
  'e\u0301\u0308 \u0301A a\u0301B ªAºʰ \u0301\u0301AB ',
  '0 12 123 1234 12345678 ٣٤٥٦ ½Ⅷ 3.14159 1e-9 ',
  'const f = (a, b) => { return a?.b ?? `c`; } // done\n\t\tif (x) {\r\n\r\n',
  'https://example.org/a/b?c=d&e=%20#f //\n/\r/ <|im_start|> ',
  ' \t \n \r\n  \u00a0\u3000\u2028 x\n\n\n  ',
  '\u0000\u0001\u007f\ufffd\ud800\udfff \ud83d ',
];

describe('T1: counts agree with gpt-tokenizer', () => {
  test('on every script, joined emoji, digits, code and whitespace', () => {
    for (const one of scripts) for (const other of scripts) expectAsPeer(one + other + one.trim());
  });

  test('on every prefix of a mixed text', () => {
    const mixed = scripts.join('');
    for (let length = 1; length <= mixed.length; length++) expectAsPeer(mixed.slice(0, length));
  });

  test('on one character repeated up to 2,000 times', () => {
    for (const unit of ['a', ' ', '-', '/', '_', '\n', ' \n', 'ab', 'A', '1', '한', '的', '😀', '\u0301']) {
      for (const times of [2, 3, 31, 97, 128, 333, 2000]) expectAsPeer(unit.repeat(times));
    }
  });

  const character = fc.oneof(
    fc.constantFrom(...new Set(scripts.join(''))),
    fc.constantFrom("'s", "'LL", "'ve", "'re", "'", '\r\n', '  ', ' ', '/', 'A', 'ª', '\u0301'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const run = fc.tuple(character, fc.integer({ min: 1, max: 40 })).map(([unit, times]) => unit.repeat(times));
  const generated = fc
    .oneof(
      fc.array(character, { maxLength: 60 }).map((parts) => parts.join('')),
      fc.array(run, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string({ unit: fc.constantFrom(...'aeinrst'), maxLength: 200 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((u) => String.fromCharCode(...u)),
    )
    .map((text) => text.replaceAll(/[\u0085\ufeff\u017f]/g, ''));

  test('on generated text', () => {
    fc.assert(fc.property(generated, expectAsPeer), { numRuns: 3000 });
  });
});

test('T1: o200k_harmony counts its own special tokens as text', () => {
  expect(countTokens('<|start|>user<|message|>hi<|end|>', 'o200k_harmony')).toBe(
    countTokens('<|start|>user<|message|>hi<|end|>', 'o200k_base'),
  );
});

test('T1: a single piece of 300,000 bytes neither overflows the stack nor stalls', () => {
  const text = Array.from({ length: 100_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7919) % 20_000)));
  expect(countTokens(text.join(''), 'o200k_base')).toBeGreaterThan(100_000);
});

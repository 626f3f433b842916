import { fixedStatement, inOneTrip } from '@keyward/guard/database';
import { createTestDatabase, type TestDatabase } from '@keyward/guard/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrayText } from './array-text.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const textsBack = fixedStatement('SELECT to_json($1::text[])::text');
const bytesBack = fixedStatement(`SELECT coalesce(encode(b, 'hex'), 'none') FROM unnest($1::bytea[]) AS b`);
const numbersBack = fixedStatement('SELECT n::text FROM unnest($1::numeric[]) AS n');

const back = async (statement: typeof textsBack, array: string) =>
  ((await inOneTrip(database, [{ statement, values: [array] }]))[0] ?? []).map(([value]) => value);

test('V3: whatever stands in a text, PostgreSQL reads the text that was meant', async () => {
  const hard = fc.constantFrom(
    'NULL',
    'null',
    '',
    '{}',
    '"',
    '\\',
    '\\"',
    ',',
    "'; DROP TABLE x --",
    ' a ',
    '\n',
  );
  const text = fc.oneof(hard, fc.string({ unit: 'grapheme' })).map((value) => value.replaceAll('\0', ''));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (texts) => {
      const [json] = await back(textsBack, arrayText('text', texts));
      expect(JSON.parse(json ?? '')).toEqual(texts.map((value) => value?.toWellFormed() ?? null));
    }),
    { numRuns: 200 },
  );
});

test('bytes, numbers and nothing at all arrive as they are', async () => {
  const bytes = Buffer.from([0, 0x22, 0x5c, 0x7b, 255]);
  expect(await back(bytesBack, arrayText('bytea', [bytes, null, Buffer.alloc(0)]))).toEqual([
    '00225c7bff',
    'none',
    '',
  ]);
  const numbers = arrayText('numeric', [9_007_199_254_740_991, '0.000000000000000001', null]);
  expect(await back(numbersBack, numbers)).toEqual(['9007199254740991', '0.000000000000000001', null]);
});

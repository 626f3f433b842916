import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { readStoredJson } from './read-stored-json.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('V2: one text’s escaped keys do not become another’s', () => {
  for (let round = 0; round < 100; round += 1) {
    expect(Object.keys(readStoredJson('{"q":1,"\\\\":2}') as object)).toEqual(['q', '\\']);
    expect(Object.keys(readStoredJson('{"q":1,"\\n":2}') as object)).toEqual(['q', '\n']);
  }
});

test('any JSON comes back from a JSON column as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/\\u0000|\\ud[89a-f]/i.test(text));
      const { rows } = await database.pool.query('SELECT $1::json AS j', [text]);
      expect(rows[0].j).toEqual(JSON.parse(text));
    }),
    { numRuns: 50 },
  );
});

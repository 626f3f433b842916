import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readGenaiPrices } from './read-genai-prices.ts';

const folder = new URL('..', import.meta.url);

/** The code of the service without comments: not the tokenizer, whose vocabularies belong to models by their names. */
const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|^tokenizer|^testing/.test(name))
  .map(
    (name) =>
      [
        name,
        readFileSync(new URL(name, folder), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, ''),
      ] as const,
  );

test('T4: no model is named in the code', async () => {
  expect(code.length).toBeGreaterThan(80);
  const { models } = await readGenaiPrices();
  const names = [...new Set(models.map(({ model }) => model))].filter(
    (name) => /^[a-z].*\d/.test(name) && name.length > 4,
  );
  expect(names.length).toBeGreaterThan(300);
  expect(names).toContain('gpt-4o-mini');
  expect(
    code.flatMap(([name, text]) =>
      names.filter((model) => text.includes(model)).map((model) => `${name}: ${model}`),
    ),
  ).toEqual([]);
});

test('T4: no price stands in the code', () => {
  const rate = /['"`]\d+\.\d+['"`]|\b\d+\.\d+\b/g;
  const found = code.flatMap(([name, text]) => [...text.matchAll(rate)].map(([what]) => `${name}: ${what}`));
  // An example of how a decimal is written.
  expect(found).toEqual(['fields.ts: "0.0123"']);
});

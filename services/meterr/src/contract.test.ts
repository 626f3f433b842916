import { readdirSync, readFileSync } from 'node:fs';
import type { RouteRequest } from '@keyward/guard';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { meterrContract } from './contract.ts';

type Schema = z.core.JSONSchema.Schema;

/** Every leaf below a schema that has no bound, by its path. */
function unbounded(schema: Schema, path: string): string[] {
  if (schema.enum !== undefined || schema.const !== undefined) return [];
  if (schema.type === 'boolean' || schema.type === 'null') return [];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.flatMap((choice) => unbounded(choice as Schema, path));
  if (schema.type === 'string') return schema.maxLength === undefined ? [path] : [];
  if (schema.type === 'integer' || schema.type === 'number') {
    return schema.maximum === undefined || schema.minimum === undefined ? [path] : [];
  }
  if (schema.type === 'array') {
    const items = unbounded(schema.items as Schema, `${path}/*`);
    return schema.maxItems === undefined ? [path, ...items] : items;
  }
  if (schema.type !== 'object') return [path];
  const found = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    unbounded(member as Schema, `${path}/${name}`),
  );
  if (schema.additionalProperties === false) return found;
  if (schema.maxProperties === undefined) found.push(path);
  // A provider's usage object is its own; only the integers that normalising reads are kept.
  const members = schema.additionalProperties as Schema | undefined;
  const isOpen = members === undefined || Object.keys(members).length === 0;
  return isOpen ? found : [...found, ...unbounded(members, `${path}/*`)];
}

test.each(Object.entries(meterrContract))('V1: every field that %s takes is bounded', (_name, route) => {
  const { params, query, body }: RouteRequest = route.request;
  for (const schema of [params, query, body?.kind === 'json' ? body.schema : undefined]) {
    if (schema === undefined) continue;
    const shown = z.toJSONSchema(schema, { io: 'input' });
    expect(shown.additionalProperties).toBe(false);
    expect(unbounded(shown as Schema, '')).toEqual([]);
  }
});

test('T2: no money passes through a JavaScript number', () => {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('tokenizer'),
  );
  expect(files.length).toBeGreaterThan(40);
  const floats = /parseFloat|\.toNumber\(|\bNumber\(|Math\.(?:round|ceil|trunc)|valueOf\(/;
  const offending = files.filter((name) => floats.test(readFileSync(new URL(name, folder), 'utf8')));
  // There a sum of tokens, never money, becomes a JSON number; the others count tokens and bytes.
  expect(offending).toEqual(['proxy/estimate-counts.ts', 'proxy/pass-answer.ts', 'summary/usage-sum.ts']);
});

import { controlContract } from '@keyward/control/contract';
import { jsonSchema, type Route } from '@keyward/guard';
import { metadataContract } from '@keyward/metadata/contract';
import { meterrContract } from '@keyward/meterr/contract';
import { expect, test } from 'vitest';
import type { z } from 'zod';

const routes: readonly (readonly [string, Route])[] = [
  controlContract,
  metadataContract,
  meterrContract,
].flatMap((contract) => Object.entries(contract as Record<string, Route>));

interface Schema {
  readonly type?: string | readonly string[];
  readonly [field: string]: unknown;
}

test.each(routes)('V1: every field that %s takes has a bound, visible in OpenAPI', (_name, route) => {
  const { params, query, headers, body } = route.request;
  const parts: [string, z.ZodType | undefined][] = [
    ['path', params],
    ['query', query],
    ['header', headers],
    ['body', body?.kind === 'json' ? body.schema : undefined],
  ];
  const unbounded = parts.flatMap(([part, schema]) =>
    schema === undefined ? [] : withoutBound(jsonSchema(schema, 'input'), part),
  );
  expect(unbounded).toEqual([]);
});

test('V1: the search for bounds finds a field without one', () => {
  expect(
    withoutBound(
      {
        type: 'object',
        properties: {
          a: { type: 'string' },
          b: { type: 'array', maxItems: 2, items: { type: 'number', minimum: 0 } },
        },
      },
      '',
    ),
  ).toEqual(['/a', '/b/*']);
});

/** The places of a JSON Schema that would take a text, list or number of any size. */
function withoutBound(schema: Schema, place: string): string[] {
  const nested = ['anyOf', 'oneOf', 'allOf'].flatMap((name) =>
    ((schema[name] as Schema[] | undefined) ?? []).flatMap((each) => withoutBound(each, place)),
  );
  if (nested.length > 0 || schema.enum !== undefined || schema.const !== undefined) return nested;
  switch (schema.type) {
    case 'string':
      return schema.maxLength === undefined && schema.format === undefined ? [place] : [];
    case 'integer':
    case 'number':
      return hasRange(schema) ? [] : [place];
    case 'array':
      return [
        ...(schema.maxItems === undefined ? [place] : []),
        ...(schema.items === undefined ? [] : withoutBound(schema.items as Schema, `${place}/*`)),
      ];
    case 'object': {
      const properties = Object.entries((schema.properties as Record<string, Schema> | undefined) ?? {});
      const values =
        typeof schema.additionalProperties === 'object'
          ? withoutBound(schema.additionalProperties as Schema, `${place}/*`)
          : [];
      return [
        ...properties.flatMap(([name, property]) => withoutBound(property, `${place}/${name}`)),
        ...values,
      ];
    }
    default:
      return [];
  }
}

function hasRange({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): boolean {
  return (minimum ?? exclusiveMinimum) !== undefined && (maximum ?? exclusiveMaximum) !== undefined;
}

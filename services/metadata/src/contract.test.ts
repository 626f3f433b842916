import { expect, test } from 'vitest';
import { z } from 'zod';
import { metadataContract } from './contract.ts';
import { metadataScopes } from './service.ts';

const routes = Object.entries(metadataContract);

test.each(routes)(
  'V1: every field that %s takes is bounded, and unknown parameters are refused',
  (_, route) => {
    for (const [part, schema] of Object.entries(route.request)) {
      if (part === 'body' || !(schema instanceof z.ZodObject)) continue;
      const { properties = {}, additionalProperties } = z.toJSONSchema(schema, { io: 'input' });
      if (part === 'query') expect(additionalProperties, part).toBe(false);
      for (const [name, field] of Object.entries(properties)) {
        const { type, maxLength, maximum, minimum, enum: values } = field as z.core.JSONSchema.Schema;
        const bounded =
          type === 'integer' ? maximum !== undefined && minimum !== undefined : maxLength !== undefined;
        expect(bounded || values !== undefined, `${part}/${name}`).toBe(true);
      }
    }
  },
);

/** Those that take no key. */
const openRoutes = ['readToken', 'listProofKeys', 'getPublicMedia', 'getSignedMedia', 'getReceiptKeys'];

test('K4: reading and writing ask for their own scopes, and the service declares them', () => {
  for (const [name, route] of routes) {
    if (route.access.kind !== 'scopes') {
      expect(openRoutes).toContain(name);
      continue;
    }
    const [scope] = route.access.scopes;
    // Whoever may only upload must be able to go on with what broke off.
    const isReading = route.method === 'GET' && name !== 'readUpload';
    expect(scope).toMatch(isReading ? /:read$/ : /:write$/);
    expect(Object.keys(metadataScopes)).toContain(scope);
  }
});

test('N2: a number that a double does not hold is content of a document, not malformed JSON', () => {
  for (const name of ['createDocument', 'replaceDocument', 'patchDocument', 'validateDocument'] as const) {
    expect(metadataContract[name].request.body.beyondLimits).toBe('invalid_request');
  }
});

import { defineRoute, jsonBody, roles } from '@keyward/guard';
import { z } from 'zod';
import { idParams, listOf, pageQuery } from '../page-query.ts';
import { keySchema } from './key-schema.ts';
import { keyChangesBody, newKeyBody } from './setting-bodies.ts';

const createdKeySchema = keySchema.extend({
  key: z.string().max(80).describe('The full key. It is shown this once.'),
});

const shownKeySchema = keySchema.extend({
  unused_scopes: z
    .array(z.string().max(64))
    .max(50)
    .describe('Scopes that no successful request needed in the last 90 days'),
});

export const keysContract = {
  verifyKey: defineRoute({
    method: 'GET',
    path: '/v1/auth/verify',
    summary: 'What the key of this request may do, without spending one of its requests',
    access: { kind: 'key' },
    limit: 'none',
    audit: { action: 'keys.verify', objectType: 'key' },
    request: {},
    responses: {
      200: {
        description: 'The key is valid.',
        schema: z.object({
          valid: z.literal(true),
          key: keySchema,
          role: z.enum(roles),
          uses_left: z
            .int()
            .min(0)
            .max(Number.MAX_SAFE_INTEGER)
            .nullable()
            .describe('How often the key may still be used; null: as often as you like'),
          rate_limit: z.object({
            limit: z.int().min(0).max(1_000_000_000),
            remaining: z.int().min(0).max(1_000_000_000),
            reset: z.iso.datetime(),
          }),
        }),
      },
    },
    errors: [],
  }),
  listKeys: defineRoute({
    method: 'GET',
    path: '/v1/control/keys',
    summary: 'API keys, newest first',
    access: { kind: 'scopes', scopes: ['keys:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'keys.list', objectType: 'key' },
    request: {
      query: z.strictObject({
        ...pageQuery,
        user: z.string().max(64).optional(),
        service: z.string().max(32).optional(),
      }),
    },
    responses: { 200: { description: 'A page of keys.', schema: listOf(keySchema) } },
    errors: [],
  }),
  createKey: defineRoute({
    method: 'POST',
    path: '/v1/control/keys',
    summary: 'Make an API key; the answer is the only one that holds it',
    access: { kind: 'scopes', scopes: ['keys:write'], role: 'admin' },
    limit: 'key',
    audit: { action: 'keys.create', objectType: 'key', isAdministrative: true },
    request: { body: jsonBody(newKeyBody) },
    responses: { 201: { description: 'The key.', schema: createdKeySchema } },
    errors: ['not_found', 'insufficient_permissions', 'conflict'],
  }),
  showKey: defineRoute({
    method: 'GET',
    path: '/v1/control/keys/:id',
    summary: 'One API key',
    access: { kind: 'scopes', scopes: ['keys:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'keys.read', objectType: 'key' },
    request: { params: idParams },
    responses: { 200: { description: 'The key.', schema: shownKeySchema } },
    errors: ['not_found'],
  }),
  updateKey: defineRoute({
    method: 'PATCH',
    path: '/v1/control/keys/:id',
    summary: 'Change the name, scopes and restrictions of an API key on every node',
    access: { kind: 'scopes', scopes: ['keys:write'], role: 'admin' },
    limit: 'key',
    audit: { action: 'keys.update', objectType: 'key', isAdministrative: true },
    request: { params: idParams, body: jsonBody(keyChangesBody) },
    responses: { 200: { description: 'The key as it is now.', schema: keySchema } },
    errors: ['not_found', 'conflict', 'insufficient_permissions'],
  }),
  revokeKey: defineRoute({
    method: 'POST',
    path: '/v1/control/keys/:id/revoke',
    summary: 'Revoke an API key on every node',
    access: { kind: 'scopes', scopes: ['keys:write'], role: 'admin' },
    limit: 'key',
    audit: { action: 'keys.revoke', objectType: 'key', isAdministrative: true },
    request: { params: idParams },
    responses: { 200: { description: 'The key as it is now.', schema: keySchema } },
    errors: ['not_found'],
  }),
};

import { defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { idParams } from '../fields.ts';
import { providerNames } from './known-providers.ts';

const accountAnswer = z.object({
  id: z.uuid(),
  provider: z.enum(providerNames),
  base_url: z.string(),
  last_four: z.string().describe("The end of the provider's key; the key itself is never shown"),
  created_at: z.iso.datetime(),
});

/** A header's value: visible ASCII, so that no key can end its header (RFC 9110, 5.5). */
const providerKey = z
  .string()
  .min(8)
  .max(500)
  .regex(/^[\x21-\x7e]+$/, 'Must be visible ASCII without spaces');

/** Accounts at AI providers (T6). */
export const providersContract = {
  connectProvider: defineRoute({
    method: 'POST',
    path: '/v1/providers',
    summary: 'Connect an account; of several of one provider the newest is used',
    access: { kind: 'scopes', scopes: ['providers:write'] },
    limit: 'key',
    audit: { action: 'providers.connect', objectType: 'provider_account' },
    request: {
      body: jsonBody(
        z.strictObject({
          provider: z.enum(providerNames),
          api_key: providerKey,
          base_url: z
            .url({ protocol: /^https?$/ })
            .max(500)
            .optional(),
        }),
      ),
    },
    responses: { 201: { description: 'Connected', schema: accountAnswer } },
    errors: ['too_many_providers'],
  }),
  listProviders: defineRoute({
    method: 'GET',
    path: '/v1/providers',
    summary: 'Connected accounts, newest first',
    access: { kind: 'scopes', scopes: ['providers:write'] },
    limit: 'key',
    audit: { action: 'providers.list', objectType: 'provider_account' },
    request: {},
    responses: {
      200: {
        description: 'All of them',
        schema: z.object({ data: z.array(accountAnswer), next_cursor: z.null() }),
      },
    },
    errors: [],
  }),
  removeProvider: defineRoute({
    method: 'DELETE',
    path: '/v1/providers/:id',
    summary: 'Remove an account; its key is erased',
    access: { kind: 'scopes', scopes: ['providers:write'] },
    limit: 'key',
    audit: { action: 'providers.remove', objectType: 'provider_account' },
    request: { params: idParams },
    responses: { 204: { description: 'Removed' } },
    errors: ['not_found'],
  }),
};

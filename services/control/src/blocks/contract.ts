import { defineRoute, jsonBody, reasonText } from '@keyward/guard';
import { z } from 'zod';
import { idParams, listOf, pageQuery } from '../page-query.ts';

const access = { kind: 'scopes', scopes: ['blocks:write'], role: 'admin' } as const;

const blockSchema = z.object({
  id: z.string().max(64),
  kind: z.enum(['address', 'range']),
  subject: z.string().max(64).describe('What is blocked, as CIDR'),
  reason: z.string().max(500),
  created_by: z.string().max(64).nullable().describe('Id of a person, or "cli" or "job"'),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable().describe('Null: it stays until it is removed'),
  removed_at: z.iso.datetime().nullable(),
  removed_by: z.string().max(64).nullable(),
});

/** Addresses that are refused altogether (L4), on every node within a second. */
export const blocksContract = {
  listBlocks: defineRoute({
    method: 'GET',
    path: '/v1/control/blocks',
    summary: 'Blocked addresses, newest first',
    access,
    limit: 'key',
    audit: { action: 'blocks.list', objectType: 'block' },
    request: {
      query: z.strictObject({
        state: z.enum(['in_force', 'all']).default('in_force').describe('"all": those that have ended too'),
        ...pageQuery,
      }),
    },
    responses: { 200: { description: 'A page of blocks.', schema: listOf(blockSchema) } },
    errors: [],
  }),
  addBlock: defineRoute({
    method: 'POST',
    path: '/v1/control/blocks',
    summary: 'Block an address or a range; one that is blocked already gets the new reason and end',
    access,
    limit: 'key',
    audit: { action: 'blocks.add', objectType: 'block', isAdministrative: true },
    request: {
      body: jsonBody(
        z.strictObject({
          subject: z.string().min(1).max(64).describe('An address (IPv6: means its /64) or a CIDR range'),
          reason: reasonText,
          expires_in_seconds: z
            .int()
            .min(1)
            .max(3650 * 24 * 3600)
            .optional()
            .describe('When it ends by itself; without: when it is removed'),
        }),
      ),
    },
    responses: { 201: { description: 'The block.', schema: blockSchema } },
    errors: ['conflict'],
  }),
  removeBlock: defineRoute({
    method: 'DELETE',
    path: '/v1/control/blocks/:id',
    summary: 'Lift a block that is in force',
    access,
    limit: 'key',
    audit: { action: 'blocks.remove', objectType: 'block', isAdministrative: true },
    request: { params: idParams },
    responses: { 200: { description: 'The block, as it ended.', schema: blockSchema } },
    errors: ['not_found'],
  }),
};

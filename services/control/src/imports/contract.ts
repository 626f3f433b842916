import { batchBodyBytesMax, defineRoute, importLineSchema, jsonBody } from '@keyward/guard';
import { z } from 'zod';

const whole = z.int().min(0).max(1000);

export const importsContract = {
  importKeys: defineRoute({
    method: 'POST',
    path: '/v1/control/keys/imports',
    summary: 'Import API keys of another system by their hashes: all of them, or none',
    access: { kind: 'scopes', scopes: ['keys:write'], role: 'super_admin' },
    limit: 'key',
    audit: { action: 'keys.import', objectType: 'key_import', isAdministrative: true },
    request: {
      body: jsonBody(
        z.strictObject({
          pattern: z.string().min(1).max(300).describe('What the keys look like: acme_[A-Za-z0-9]{32}'),
          prefix_length: z.int().min(1).max(64).describe('First characters that are no secret'),
          keys: z.array(importLineSchema).min(1).max(1000),
          dry_run: z.boolean().optional().describe('Check everything, keep nothing'),
        }),
        { bytesMax: batchBodyBytesMax },
      ),
    },
    responses: {
      200: {
        description: 'What became of the keys. Those whose hash was imported before are skipped, unchanged.',
        schema: z.object({
          import_id: z.string().max(64).nullable(),
          imported: whole,
          skipped: whole,
        }),
      },
    },
    errors: ['conflict'],
  }),
};

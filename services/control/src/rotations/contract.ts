import { defineRoute, jsonBody, rotationReasons } from '@keyward/guard';
import { z } from 'zod';
import { keySchema } from '../keys/key-schema.ts';
import { settingFields } from '../keys/setting-bodies.ts';
import { idParams } from '../page-query.ts';

const graceSeconds = z
  .int()
  .min(0)
  .max(30 * 24 * 3600)
  .describe('How long the old key goes on; a day unless said otherwise');
const reason = z.enum(rotationReasons);

const rotatedKeySchema = keySchema.extend({
  key: z.string().max(80).optional().describe('The full key of the successor. It is shown this once.'),
  claim_link: z
    .string()
    .max(500)
    .optional()
    .describe('Where its owner makes the successor’s secret, once; the owner has it by mail too'),
  rotation_id: z.string().max(64),
  old_key: keySchema,
});

const plannedSchema = z.object({
  key_id: z.string().max(64),
  rotate_at: z.iso.datetime(),
  grace_seconds: graceSeconds,
  reason,
});

const rotationSchema = z.object({
  id: z.string().max(64),
  user_id: z.string().max(64),
  reason,
  timestamp: z.iso.datetime(),
  old_key_id: z.string().max(64),
  new_key_id: z.string().max(64),
});

const writeKeys = { kind: 'scopes', scopes: ['keys:write'], role: 'admin' } as const;
const errors = ['not_found', 'conflict', 'insufficient_permissions'] as const;

export const rotationsContract = {
  rotateKey: defineRoute({
    method: 'POST',
    path: '/v1/control/keys/:id/rotate',
    summary: 'Replace an API key by a successor, now or at a time',
    access: writeKeys,
    limit: 'key',
    audit: { action: 'keys.rotate', objectType: 'key', isAdministrative: true },
    request: {
      params: idParams,
      body: jsonBody(
        z.strictObject({
          grace_seconds: graceSeconds.optional(),
          reason: reason.optional(),
          expires_in_seconds: settingFields.expires_in_seconds
            .optional()
            .describe('When the successor expires; when the old key would have, unless said otherwise'),
          deliver: z
            .enum(['secret', 'claim'])
            .optional()
            .describe('"claim": the owner makes the secret by a link, and nobody else sees it'),
          at: z.iso
            .datetime({ offset: true })
            .max(40)
            .optional()
            .describe('Plans it for this time; the owner gets a link then'),
        }),
      ),
    },
    responses: {
      201: { description: 'The successor.', schema: rotatedKeySchema },
      202: { description: 'The rotation is planned.', schema: plannedSchema },
    },
    errors,
  }),
  cancelPlannedRotation: defineRoute({
    method: 'DELETE',
    path: '/v1/control/keys/:id/planned-rotation',
    summary: 'Call a planned rotation off',
    access: writeKeys,
    limit: 'key',
    audit: { action: 'keys.cancel_rotation', objectType: 'key', isAdministrative: true },
    request: { params: idParams },
    responses: { 200: { description: 'What was planned.', schema: plannedSchema } },
    errors: ['not_found', 'insufficient_permissions'],
  }),
  listRotations: defineRoute({
    method: 'GET',
    path: '/v1/control/keys/:id/rotations',
    summary: 'The rotations of a key, its predecessors and its successors, oldest first',
    access: { kind: 'scopes', scopes: ['keys:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'keys.read', objectType: 'key' },
    request: { params: idParams },
    responses: {
      200: {
        description: 'The rotations.',
        schema: z.object({ data: z.array(rotationSchema).max(500) }),
      },
    },
    errors: ['not_found'],
  }),
  rotateOwnKey: defineRoute({
    method: 'POST',
    path: '/v1/auth/rotate',
    summary: 'Replace the key of this request by a successor; the answer is the only one that holds it',
    access: { kind: 'key' },
    limit: 'key',
    audit: { action: 'keys.rotate', objectType: 'key', isAdministrative: true },
    request: { body: jsonBody(z.strictObject({ grace_seconds: graceSeconds.optional() })) },
    responses: { 201: { description: 'The successor.', schema: rotatedKeySchema } },
    errors,
  }),
};

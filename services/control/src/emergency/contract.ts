import { defineRoute, emergencyWishSchema, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { idParams, listOf, pageQuery } from '../page-query.ts';

const reason = z.enum(['emergency', 'compromised', 'leaked']);
const environment = z.enum(['live', 'test']);
const { issuedBefore } = emergencyWishSchema.shape.selection.shape;
const count = z.int().min(0).max(2_147_483_647);
const graceSeconds = z
  .int()
  .min(0)
  .max(30 * 24 * 3600)
  .describe('How long the old keys go on; not at all unless said otherwise');

const rotationSchema = z.object({
  id: z.string().max(64),
  state: z
    .enum(['replacing', 'telling', 'done'])
    .describe('All keys are stopped in each state; then they get successors, then their owners are told'),
  reason,
  selection: z.object({
    user_id: z.string().max(64).optional(),
    service: z.string().max(32).optional(),
    environment: environment.optional(),
    issued_before: z.string().max(40).optional(),
  }),
  grace_seconds: graceSeconds,
  keys_stopped: count,
  keys_replaced: count,
  owners_told: count,
  started_by: z.string().max(64).nullable(),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
});

const nothingSchema = z.object({ id: z.null(), keys_stopped: z.literal(0) });

const rotatedKeySchema = z.object({
  id: z.string().max(64),
  created_at: z.iso.datetime(),
  name: z.string().max(100),
  prefix: z.string().max(64),
  user_id: z.string().max(64),
  successor_id: z.string().max(64).nullable(),
  why_no_successor: z.enum(['not_yet', 'owner_banned', 'owner_deleted', 'owner_was_banned']).nullable(),
  is_claimed: z.boolean().describe('Whether the successor has a secret'),
});

const access = { kind: 'scopes', scopes: ['keys:write'], role: 'super_admin' } as const;

export const emergencyContract = {
  startEmergencyRotation: defineRoute({
    method: 'POST',
    path: '/v1/control/keys/emergency-rotations',
    summary: 'Stop many API keys at once; each gets a successor, and each owner a link to its secret',
    access,
    limit: 'key',
    audit: { action: 'keys.emergency_rotate', objectType: 'emergency_rotation', isAdministrative: true },
    request: {
      body: jsonBody(
        z.strictObject({
          confirm: z.literal(true).describe('That this is meant'),
          owner: z.string().min(1).max(254).optional().describe('Id or e-mail address'),
          service: z.string().min(1).max(32).optional(),
          environment: environment.optional(),
          issued_before: issuedBefore,
          all: z.boolean().optional().describe('Every key: needed, and needed alone, to stop them all'),
          reason: reason.optional(),
          grace_seconds: graceSeconds.optional(),
        }),
      ),
    },
    responses: {
      200: { description: 'No living key was selected.', schema: nothingSchema },
      202: {
        description: 'The keys are stopped. Their successors are being made.',
        schema: rotationSchema,
      },
    },
    errors: ['not_found'],
  }),
  showEmergencyRotation: defineRoute({
    method: 'GET',
    path: '/v1/control/keys/emergency-rotations/:id',
    summary: 'An emergency rotation and how far it is',
    access,
    limit: 'key',
    audit: { action: 'keys.read_emergency_rotation', objectType: 'emergency_rotation' },
    request: { params: idParams },
    responses: { 200: { description: 'The rotation.', schema: rotationSchema } },
    errors: ['not_found'],
  }),
  listRotatedKeys: defineRoute({
    method: 'GET',
    path: '/v1/control/keys/emergency-rotations/:id/keys',
    summary: 'What became of each key that an emergency rotation stopped, by owner',
    access,
    limit: 'key',
    audit: { action: 'keys.read_emergency_rotation', objectType: 'emergency_rotation' },
    request: { params: idParams, query: z.strictObject(pageQuery) },
    responses: { 200: { description: 'A page of keys.', schema: listOf(rotatedKeySchema) } },
    errors: ['not_found'],
  }),
};

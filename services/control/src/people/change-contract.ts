import { defineRoute, jsonBody, reasonText } from '@keyward/guard';
import { z } from 'zod';
import { idParams } from '../page-query.ts';
import { changedPersonSchema, handedOverSchema } from './person-schema.ts';

const write = { kind: 'scopes', scopes: ['people:write'], role: 'admin' } as const;
const changed = { description: 'The person as they are now, and what ended.', schema: changedPersonSchema };
const receiver = z.string().min(1).max(254).describe('Id or e-mail address of who gets it');

/** What is done to a person (K10): every route of it says what ended with it. */
export const personChangesContract = {
  banPerson: defineRoute({
    method: 'POST',
    path: '/v1/control/people/:id/ban',
    summary: 'Ban a person and revoke all their keys, on every node',
    access: write,
    limit: 'key',
    audit: { action: 'users.ban', objectType: 'user' },
    request: {
      params: idParams,
      body: jsonBody(
        z.strictObject({
          reason: reasonText,
          expires_in_seconds: z
            .int()
            .min(1)
            .max(3650 * 24 * 3600)
            .optional()
            .describe('When the ban ends by itself; the keys stay revoked'),
        }),
      ),
    },
    responses: { 200: changed },
    errors: ['not_found', 'conflict', 'insufficient_permissions'],
  }),
  unbanPerson: defineRoute({
    method: 'POST',
    path: '/v1/control/people/:id/unban',
    summary: 'Lift a ban; the keys that it revoked stay revoked',
    access: write,
    limit: 'key',
    audit: { action: 'users.unban', objectType: 'user' },
    request: { params: idParams },
    responses: { 200: changed },
    errors: ['not_found', 'insufficient_permissions'],
  }),
  setPersonRole: defineRoute({
    method: 'POST',
    path: '/v1/control/people/:id/role',
    summary: 'Give a person a lower role; a higher one is given on the console',
    access: write,
    limit: 'key',
    audit: { action: 'users.role', objectType: 'user' },
    request: {
      params: idParams,
      body: jsonBody(z.strictObject({ role: z.string().min(1).max(32), reason: reasonText })),
    },
    responses: { 200: changed },
    errors: ['not_found', 'conflict', 'insufficient_permissions'],
  }),
  handOverPerson: defineRoute({
    method: 'POST',
    path: '/v1/control/people/:id/hand-over',
    summary: "Make a person's keys and data another's, all or nothing",
    access: write,
    limit: 'key',
    audit: { action: 'users.hand_over', objectType: 'user' },
    request: {
      params: idParams,
      body: jsonBody(
        z.strictObject({ to: receiver, keys: z.boolean().default(true), data: z.boolean().default(true) }),
      ),
    },
    responses: { 200: { description: 'What was handed over.', schema: handedOverSchema } },
    errors: ['not_found', 'conflict', 'insufficient_permissions', 'quota_exceeded', 'storage_full'],
  }),
  deletePerson: defineRoute({
    method: 'POST',
    path: '/v1/control/people/:id/delete',
    summary: 'Delete a person: keys are revoked, name and address erased; the row stays for history',
    access: write,
    limit: 'key',
    audit: { action: 'users.delete', objectType: 'user' },
    request: {
      params: idParams,
      body: jsonBody(
        z.strictObject({
          hand_over_to: receiver.optional(),
          force: z
            .boolean()
            .default(false)
            .describe('Delete although data are left, which nobody reaches then'),
        }),
      ),
    },
    responses: {
      200: {
        description: 'What is left of the person, what ended and what was handed over.',
        schema: changedPersonSchema.extend({ handed_over: handedOverSchema.nullable() }),
      },
    },
    errors: ['not_found', 'conflict', 'insufficient_permissions', 'quota_exceeded', 'storage_full'],
  }),
};

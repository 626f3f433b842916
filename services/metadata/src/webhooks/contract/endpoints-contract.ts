import { cursorSchema, defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import {
  descriptionSchema,
  eventsSchema,
  read,
  secretSchema,
  urlSchema,
  webhookParams,
  webhookSchema,
  write,
} from './webhook-schemas.ts';

const shown = { description: 'The webhook.', schema: webhookSchema };
const overlapHoursMax = 168;

/** Where a person's events go. */
export const endpointsContract = {
  createWebhook: defineRoute({
    method: 'POST',
    path: '/api/webhooks',
    summary: 'Have events sent to a URL',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.create', objectType: 'webhook' },
    request: {
      body: jsonBody(
        z.strictObject({ url: urlSchema, description: descriptionSchema.default(''), events: eventsSchema }),
      ),
    },
    responses: {
      201: {
        description: 'The webhook with its secret.',
        schema: webhookSchema.extend({ secret: secretSchema }),
      },
    },
    errors: ['conflict'],
  }),
  listWebhooks: defineRoute({
    method: 'GET',
    path: '/api/webhooks',
    summary: 'Webhooks, newest first',
    access: read,
    limit: 'key',
    audit: { action: 'webhooks.list', objectType: 'webhook' },
    request: {
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
      }),
    },
    responses: {
      200: {
        description: 'One page.',
        schema: z.object({
          data: z.array(webhookSchema).max(100),
          next_cursor: z.string().max(300).nullable(),
        }),
      },
    },
    errors: [],
  }),
  readWebhook: defineRoute({
    method: 'GET',
    path: '/api/webhooks/:id',
    summary: 'One webhook',
    access: read,
    limit: 'key',
    audit: { action: 'webhooks.read', objectType: 'webhook' },
    request: { params: webhookParams },
    responses: { 200: shown },
    errors: ['not_found'],
  }),
  updateWebhook: defineRoute({
    method: 'PATCH',
    path: '/api/webhooks/:id',
    summary: 'Change a webhook, disable it, or enable it again',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.update', objectType: 'webhook' },
    request: {
      params: webhookParams,
      body: jsonBody(
        z.strictObject({
          url: urlSchema.optional(),
          description: descriptionSchema.optional(),
          events: eventsSchema.optional(),
          state: z.enum(['enabled', 'disabled']).optional(),
        }),
      ),
    },
    responses: { 200: shown },
    errors: ['not_found'],
  }),
  deleteWebhook: defineRoute({
    method: 'DELETE',
    path: '/api/webhooks/:id',
    summary: 'Delete a webhook with its deliveries',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.delete', objectType: 'webhook' },
    request: { params: webhookParams },
    responses: { 204: { description: 'It is deleted.' } },
    errors: ['not_found'],
  }),
  rotateWebhookSecret: defineRoute({
    method: 'POST',
    path: '/api/webhooks/:id/secret',
    summary: 'Replace the secret; for a while both sign',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.rotate_secret', objectType: 'webhook' },
    request: {
      params: webhookParams,
      body: jsonBody(
        z.strictObject({ overlap_hours: z.number().int().min(0).max(overlapHoursMax).default(24) }),
      ),
    },
    responses: {
      201: {
        description: 'The new secret.',
        schema: z.object({ secret: secretSchema, previous_valid_until: z.iso.datetime() }),
      },
    },
    errors: ['not_found'],
  }),
};

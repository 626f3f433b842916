import { cursorSchema, defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { deliveryParams, deliverySchema, read, webhookParams, write } from './webhook-schemas.ts';

const queued = {
  description: 'It will be sent.',
  schema: z.object({ replayed: z.int().min(0).max(2_147_483_647) }),
};

/** What has been sent to a webhook, and what is to be. */
export const deliveriesContract = {
  testWebhook: defineRoute({
    method: 'POST',
    path: '/api/webhooks/:id/test',
    summary: 'Send a test event',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.test', objectType: 'webhook' },
    request: { params: webhookParams },
    responses: { 202: { description: 'The delivery, still waiting.', schema: deliverySchema } },
    errors: ['not_found', 'conflict'],
  }),
  listWebhookDeliveries: defineRoute({
    method: 'GET',
    path: '/api/webhooks/:id/deliveries',
    summary: 'Deliveries of a webhook, newest first, for 30 days',
    access: read,
    limit: 'key',
    audit: { action: 'webhooks.deliveries', objectType: 'webhook' },
    request: {
      params: webhookParams,
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: cursorSchema.optional(),
        state: z.enum(['waiting', 'delivered', 'failed']).optional(),
      }),
    },
    responses: {
      200: {
        description: 'One page.',
        schema: z.object({
          data: z.array(deliverySchema).max(100),
          next_cursor: z.string().max(300).nullable(),
        }),
      },
    },
    errors: ['not_found'],
  }),
  replayWebhookDelivery: defineRoute({
    method: 'POST',
    path: '/api/webhooks/:id/deliveries/:delivery_id/replay',
    summary: 'Send a delivery again',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.replay', objectType: 'webhook' },
    request: { params: deliveryParams },
    responses: { 202: queued },
    errors: ['not_found', 'conflict'],
  }),
  replayWebhook: defineRoute({
    method: 'POST',
    path: '/api/webhooks/:id/replay',
    summary: 'Send again what was made since a moment',
    access: write,
    limit: 'key',
    audit: { action: 'webhooks.replay', objectType: 'webhook' },
    request: {
      params: webhookParams,
      body: jsonBody(
        z.strictObject({
          since: z.iso.datetime().max(40),
          state: z.enum(['failed', 'all']).default('failed'),
        }),
      ),
    },
    responses: { 202: queued },
    errors: ['not_found', 'conflict'],
  }),
};

import { z } from 'zod';
import { webhookEvents } from '../webhook-events.ts';

export const urlSchema = z
  .string()
  .min(1)
  .max(2_000)
  .regex(/^[\x21-\x7e]+$/, 'must hold characters of URLs only');
export const descriptionSchema = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');
export const eventsSchema = z
  .array(z.enum(webhookEvents))
  .max(webhookEvents.length)
  .refine((events) => new Set(events).size === events.length, 'must name each event once')
  .describe('Empty: only for what other services send to this URL, such as alerts of budgets');

const id = z.string().min(1).max(64);
export const webhookParams = z.strictObject({ id });
export const deliveryParams = z.strictObject({ id, delivery_id: id });

export const webhookSchema = z.object({
  id,
  url: z.string().max(2_000),
  description: z.string().max(200),
  events: z.array(z.enum(webhookEvents)).max(webhookEvents.length),
  state: z.enum(['enabled', 'disabled']),
  disabled_because: z.enum(['asked', 'failing', 'gone', 'handed_over']).nullable(),
  failing_since: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

/** Shown when it is made, and never again. */
export const secretSchema = z.string().max(120).describe('`whsec_` and base64; shown this one time');

export const deliverySchema = z.object({
  id: id.describe('The `webhook-id`, the same at every try'),
  type: z.string().max(64),
  object_id: z.string().max(64),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int().min(0).max(1_000_000),
  replays: z.int().min(0).max(1_000_000),
  last_status: z.int().min(0).max(999).nullable(),
  last_error: z.string().max(300).nullable(),
  created_at: z.iso.datetime(),
  next_attempt_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  payload: z.looseObject({}),
});

export const read = { kind: 'scopes', scopes: ['metadata:read'] } as const;
export const write = { kind: 'scopes', scopes: ['metadata:write'] } as const;

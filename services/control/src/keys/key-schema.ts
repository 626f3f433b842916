import { keyStatuses } from '@keyward/guard';
import { z } from 'zod';

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const windowSchema = z.strictObject({
  limit: z.int().min(1).max(1_000_000_000).describe('Requests per window'),
  window_seconds: z
    .int()
    .min(1)
    .max(30 * 24 * 3600),
});

export const keySchema = z.object({
  id: z.string().max(64),
  status: z
    .enum(keyStatuses)
    .describe('"rotating": it lives through its grace; "awaiting_claim": its secret is not made yet'),
  user_id: z.string().max(64),
  name: z.string().max(100),
  service: z.string().max(32),
  environment: z.enum(['live', 'test']),
  prefix: z.string().max(64),
  last_four: z.string().max(4),
  scopes: z.array(z.string().max(64)).max(50),
  limits: z.array(windowSchema).max(5).nullable(),
  allowed_ips: z.array(z.string().max(50)).max(100).nullable(),
  allowed_origins: z.array(z.string().max(300)).max(100).nullable(),
  uses: z
    .object({ max: count, used: count })
    .nullable()
    .describe(
      'How often the key, its predecessors and successors may be used, and were; null: as often as you like',
    ),
  is_active: z.boolean(),
  created_at: z.iso.datetime(),
  claimed_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
  deactivated_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable(),
  last_used_ip: z.string().max(50).nullable(),
  request_count: count.describe('Requests that were answered to it, a few seconds late'),
  error_count: count.describe('Those of them with a status of 400 or more'),
  rotation: z.object({
    every_days: z.int().min(0).max(3650).describe('0: never'),
    due_at: z.iso.datetime().nullable(),
    planned_at: z.iso.datetime().nullable(),
    grace_ends_at: z.iso.datetime().nullable(),
    predecessor_id: z.string().max(64).nullable(),
    successor_id: z.string().max(64).nullable(),
  }),
  emergency_id: z.string().max(64).nullable().describe('The emergency rotation that stopped it'),
  import_id: z.string().max(64).nullable().describe('The import by which it came'),
});

import { z } from 'zod';

export const windowSchema = z.strictObject({
  limit: z.int().min(1).max(1_000_000_000).describe('Requests per window'),
  window_seconds: z
    .int()
    .min(1)
    .max(30 * 24 * 3600),
});

export const keySchema = z.object({
  id: z.string().max(64),
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
  is_active: z.boolean(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
  deactivated_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable(),
  last_used_ip: z.string().max(50).nullable(),
});

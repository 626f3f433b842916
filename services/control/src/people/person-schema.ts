import { roles } from '@keyward/guard';
import { z } from 'zod';

const moment = z.iso.datetime().nullable();

export const personSchema = z.object({
  id: z.string().max(64),
  name: z.string().max(100),
  email: z.string().max(254),
  role: z.enum(roles),
  banned: z.boolean(),
  ban_reason: z.string().max(500).nullable(),
  ban_expires: moment,
  created_at: z.iso.datetime(),
  deleted_at: moment,
});

const many = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const counts = z.record(z.string().max(64), many);

/** A changed person, and how much of each kind of access ended with the change. */
export const changedPersonSchema = z.object({ person: personSchema, ended: counts });

export const handedOverSchema = z.object({
  from: z.string().max(64),
  to: z.string().max(64),
  keys: many.describe('Keys that have the new owner now'),
  revoked_keys: z
    .array(z.string().max(64))
    .max(1000)
    .describe('Ids of keys that may not be handed over and were revoked; the first 1,000'),
  data: z.record(z.string().max(64), counts).describe('How much of each kind, by service'),
});

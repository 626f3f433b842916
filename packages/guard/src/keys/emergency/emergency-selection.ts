import { and, eq, gt, isNotNull, isNull, lt, or, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { apiKeys } from '../../database/schema.ts';
import { moment } from '../../moment.ts';
import type { KeySelection } from '../schema.ts';

const day = 24 * 60 * 60 * 1000;

/** Which keys to stop: those for which all that is given holds. `all` is needed, and needed alone, to stop every key. */
export const emergencySelectionSchema = z.strictObject({
  /** Id or e-mail address of the owner. */
  owner: z.string().min(1).max(254).optional(),
  service: z.string().min(1).max(32).optional(),
  environment: z.enum(['live', 'test']).optional(),
  /** RFC 3339; keys made before it. */
  issuedBefore: moment.max(40).optional(),
  all: z.boolean().optional(),
});
export type EmergencySelection = z.output<typeof emergencySelectionSchema>;

export const emergencyWishSchema = z.strictObject({
  selection: emergencySelectionSchema,
  reason: z.enum(['emergency', 'compromised', 'leaked']).default('emergency'),
  /** How long the old keys live on, milliseconds. */
  graceMs: z
    .int()
    .min(0)
    .max(30 * day, 'must be at most 30 days')
    .default(0),
});
export type EmergencyWish = z.output<typeof emergencyWishSchema>;

/** The keys of a selection that live and hold a secret: what an emergency rotation stops (K8). */
export function livingKeys(selection: KeySelection, now: Date): SQL | undefined {
  const { userId, service, environment, issuedBefore } = selection;
  return and(
    isNotNull(apiKeys.keyHash),
    isNull(apiKeys.revokedAt),
    eq(apiKeys.isActive, true),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
    or(isNull(apiKeys.graceEndsAt), gt(apiKeys.graceEndsAt, now)),
    userId === undefined ? undefined : eq(apiKeys.userId, userId),
    service === undefined ? undefined : eq(apiKeys.service, service),
    environment === undefined ? undefined : eq(apiKeys.environment, environment),
    issuedBefore === undefined ? undefined : lt(apiKeys.createdAt, new Date(issuedBefore)),
  );
}

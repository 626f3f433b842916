import { type SQL, sql } from 'drizzle-orm';

/**
 * Keys `k` of which people are reminded (K9): those that are accepted, and will be until something is done. Neither dead
 * ones nor those that await their claim or end with their grace.
 */
export function remindableKeys(now: Date): SQL {
  return sql`k.revoked_at IS NULL AND k.is_active AND k.grace_ends_at IS NULL
    AND (k.claim_id IS NULL OR k.claimed_at IS NOT NULL)
    AND (k.expires_at IS NULL OR k.expires_at > ${now.toISOString()}::timestamptz)
    AND (k.uses_id IS NULL OR EXISTS (SELECT FROM key_uses c WHERE c.id = k.uses_id AND c.used < c.uses_max))`;
}

/** People `u` whose keys are accepted. */
export function reachableUsers(now: Date): SQL {
  return sql`u.deleted_at IS NULL
    AND NOT (u.banned AND (u.ban_expires IS NULL OR u.ban_expires > ${now.toISOString()}::timestamptz))`;
}

/** When the key `k` should be rotated; a key with 0 days never. Days of 24 hours, whatever the zone of the session. */
export const rotationDue = sql`(k.created_at + k.rotate_every_days * interval '24 hours')`;

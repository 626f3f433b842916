import { type Clock, type KeySummary, keyStatus, rotationDueAt, systemClock } from '@keyward/guard';

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A key as JSON, as it is at this moment: windows in seconds, and nothing of how it is kept. */
export function presentKey(key: KeySummary, clock: Clock = systemClock) {
  return {
    id: key.id,
    status: keyStatus(key, clock.now()),
    user_id: key.userId,
    name: key.name,
    service: key.service,
    environment: key.environment,
    prefix: key.prefix,
    last_four: key.lastFour,
    scopes: key.scopes,
    limits: key.limits?.map(({ limit, windowMs }) => ({ limit, window_seconds: windowMs / 1000 })) ?? null,
    allowed_ips: key.allowedIps,
    allowed_origins: key.allowedOrigins,
    uses: key.usesMax === null || key.used === null ? null : { max: key.usesMax, used: key.used },
    is_active: key.isActive,
    created_at: time(key.createdAt),
    claimed_at: time(key.claimedAt),
    expires_at: time(key.expiresAt),
    revoked_at: time(key.revokedAt),
    deactivated_at: time(key.deactivatedAt),
    last_used_at: time(key.lastUsedAt),
    last_used_ip: key.lastUsedIp,
    request_count: key.requests,
    error_count: key.errors,
    rotation: {
      every_days: key.rotateEveryDays,
      due_at: time(rotationDueAt(key)),
      planned_at: time(key.rotationPlannedAt),
      grace_ends_at: time(key.graceEndsAt),
      predecessor_id: key.predecessorId,
      successor_id: key.successorId,
    },
    emergency_id: key.emergencyId,
    import_id: key.importId,
  };
}

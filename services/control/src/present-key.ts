import { type KeySummary, snakeCase } from '@keyward/guard';

/** A key as JSON: windows in seconds, no hash. */
export function presentKey(key: KeySummary) {
  const {
    limits,
    id,
    userId,
    name,
    service,
    environment,
    prefix,
    lastFour,
    scopes,
    allowedIps,
    allowedOrigins,
  } = key;
  const { isActive, createdAt, expiresAt, revokedAt, deactivatedAt, lastUsedAt, lastUsedIp } = key;
  return {
    ...snakeCase({
      id,
      userId,
      name,
      service,
      environment,
      prefix,
      lastFour,
      scopes,
      allowedIps,
      allowedOrigins,
    }),
    limits: limits?.map(({ limit, windowMs }) => ({ limit, window_seconds: windowMs / 1000 })) ?? null,
    ...snakeCase({ isActive, createdAt, expiresAt, revokedAt, deactivatedAt, lastUsedAt, lastUsedIp }),
  };
}

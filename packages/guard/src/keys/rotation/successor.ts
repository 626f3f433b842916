import type { apiKeys } from '../../database/schema.ts';

/** What makes the row of a successor its own. */
export interface MadeSuccessor {
  readonly id: string;
  readonly nowMs: number;
  /** The stored part of a new secret; or the claim by whose holder the secret is made later (K8). */
  readonly secret: SuccessorSecret | { readonly claimId: string };
  /** Default: the very moment at which the old key would have expired. */
  readonly expiresAt?: Date;
}

export interface SuccessorSecret {
  readonly keyHash: string;
  readonly checksumKeyId: string;
  readonly prefix: string;
  readonly lastFour: string;
}

/**
 * The row of a key's successor (K7): everything the old key may do and how far, and one count of uses for both. It has
 * our own format, also when the old key was imported.
 */
export function successorValues(
  old: typeof apiKeys.$inferSelect,
  { id, nowMs, secret, expiresAt }: MadeSuccessor,
): typeof apiKeys.$inferInsert {
  const { userId, name, service, environment, scopes, limits, allowedIps, allowedOrigins } = old;
  return {
    id,
    userId,
    name,
    service,
    environment,
    scopes,
    limits,
    allowedIps,
    allowedOrigins,
    usesId: old.usesId,
    rotateEveryDays: old.rotateEveryDays,
    createdAt: new Date(nowMs),
    expiresAt: expiresAt ?? old.expiresAt,
    ...('claimId' in secret ? awaiting(old, secret.claimId) : secret),
  };
}

/** No secret yet: nothing of it can be shown, and no text is this key. */
function awaiting({ service, environment }: typeof apiKeys.$inferSelect, claimId: string) {
  return {
    claimId,
    keyHash: null,
    checksumKeyId: null,
    prefix: `sk-${service}_${environment}_`,
    lastFour: '',
  };
}

import { isRole } from '../access/roles.ts';
import { type AddressRange, parseRange } from '../addresses/range.ts';
import type { KeyCaller } from '../caller.ts';
import type { LimitRequest } from '../limits/limit-store.ts';
import { type Problem, refuse } from '../reply.ts';
import type { Window } from '../route.ts';
import type { StoredKey } from './stored-key.ts';

/** A stored key made ready for requests: what a cache hit needs, worked out once. */
export interface VerifiedKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly prefix: string;
  readonly caller: KeyCaller;
  readonly limit: LimitRequest;
  readonly allowedRanges: readonly AddressRange[] | undefined;
  readonly allowedOrigins: ReadonlySet<string> | undefined;
  /** Unix milliseconds from which the key is refused; Infinity when it never expires. */
  readonly expiresAtMs: number;
  /** The same for the end of its grace, when it was rotated (K7). */
  readonly graceEndsAtMs: number;
  /** Its count of uses; undefined when it has none (K6). */
  readonly uses: { readonly id: string; readonly areSpent: boolean } | undefined;
  /** Why the key is refused whatever the time; undefined for a living key. */
  readonly dead: Problem | undefined;
}

/** The window of a key that declares none (L1): 1000 requests an hour. */
export const defaultWindows: readonly Window[] = [{ limit: 1000, windowMs: 3_600_000 }];

export function verifiedKey(row: StoredKey, nowMs: number): VerifiedKey {
  const { userId, service, environment } = row;
  // An unknown role is no role: the caller keeps what a `user` may do (R1).
  const role = isRole(row.ownerRole) ? row.ownerRole : 'user';
  return {
    id: row.id,
    userId,
    name: row.name,
    prefix: row.prefix,
    caller: { kind: 'key', keyId: row.id, userId, role, service, environment, scopes: new Set(row.scopes) },
    limit: { key: `key:${row.id}`, windows: row.limits ?? defaultWindows },
    allowedRanges: row.allowedIps?.map(storedRange),
    allowedOrigins: row.allowedOrigins === null ? undefined : new Set(row.allowedOrigins),
    expiresAtMs: row.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    graceEndsAtMs: row.graceEndsAt?.getTime() ?? Number.POSITIVE_INFINITY,
    uses: usesOf(row),
    dead: whyDead(row, nowMs),
  };
}

function whyDead(row: StoredKey, nowMs: number): Problem | undefined {
  if (row.revokedAt !== null) return refuse('revoked_key', { detail: 'This API key was revoked.' });
  if (!row.isActive) return refuse('revoked_key', { detail: 'This API key is no longer active.' });
  const banEnds = row.ownerBanExpires?.getTime() ?? Number.POSITIVE_INFINITY;
  if (row.ownerBanned && banEnds > nowMs)
    return refuse('revoked_key', { detail: 'The owner of this API key is banned.' });
  return undefined;
}

function usesOf({ usesId, usesMax, used }: StoredKey): VerifiedKey['uses'] {
  if (usesId === null) return undefined;
  // A count that is not there is spent: what limits a key must not vanish with its row.
  return { id: usesId, areSpent: usesMax === null || used === null || used >= usesMax };
}

/** Ranges are checked when saved; one that plain SQL broke must not open the key to everybody. */
function storedRange(text: string): AddressRange {
  const range = parseRange(text);
  if (range === undefined)
    throw new Error(`api_keys.allowed_ips holds ${JSON.stringify(text)}, which is no address range`);
  return range;
}

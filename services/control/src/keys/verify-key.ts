import {
  type Clock,
  defaultWindows,
  json,
  type KeyCaller,
  type LimitStore,
  type Reply,
  type RequestContext,
  refuse,
  showKey,
} from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { presentKey } from './present-key.ts';

/**
 * Tells a key's holder what the key may do, how long and how often, and how its rotation stands (K11). Looks at its
 * windows and its uses without taking any.
 */
export async function verifyKey(
  deps: { database: Database; limits: LimitStore; clock: Clock },
  context: RequestContext<KeyCaller>,
): Promise<Reply> {
  const { keyId, role } = context.caller;
  const key = await showKey(deps.database.orm, keyId);
  if (key === undefined) return refuse('invalid_key');
  context.audited(keyId);
  const windows = key.limits ?? defaultWindows;
  const { limit, remaining, resetAtMs } = await deps.limits.take([{ key: `key:${keyId}`, windows }], 0);
  return json(200, {
    valid: true,
    key: presentKey(key, deps.clock),
    role,
    uses_left: key.usesMax === null || key.used === null ? null : Math.max(0, key.usesMax - key.used),
    rate_limit: { limit, remaining, reset: new Date(resetAtMs).toISOString() },
  });
}

import {
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

/** Tells a key's holder what the key may do (K11). Looks at its windows without taking a permit. */
export async function verifyKey(
  deps: { database: Database; limits: LimitStore },
  context: RequestContext<KeyCaller>,
): Promise<Reply> {
  const { keyId, role } = context.caller;
  const key = await showKey(deps.database, keyId);
  if (key === undefined) return refuse('invalid_key');
  context.audited(keyId);
  const windows = key.limits ?? defaultWindows;
  const { limit, remaining, resetAtMs } = await deps.limits.take([{ key: `key:${keyId}`, windows }], 0);
  return json(200, {
    valid: true,
    key: presentKey(key),
    role,
    rate_limit: { limit, remaining, reset: new Date(resetAtMs).toISOString() },
  });
}

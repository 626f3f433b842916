import type { Actor, KeyCaller, RequestContext } from '@keyward/guard';

/** Who makes a change by this request, for its audit entry. */
export function actorOf(context: RequestContext<KeyCaller>): Actor {
  const { caller, requestId, clientAddress } = context;
  return {
    via: 'api',
    userId: caller.userId,
    role: caller.role,
    keyId: caller.keyId,
    requestId,
    ip: clientAddress,
  };
}

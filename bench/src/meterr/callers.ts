import type { KeyCaller, RequestContext } from '@keyward/guard';

/** A caller as the guard hands it to a handler. */
export function meterrCaller(userId: string, keyId: string): KeyCaller {
  return {
    kind: 'key',
    ...{ keyId, userId },
    role: 'user',
    service: 'meterr',
    environment: 'live',
    scopes: new Set(),
  };
}

export function contextOf(caller: KeyCaller): RequestContext<KeyCaller> {
  return {
    requestId: 'bench',
    caller,
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    audited: () => {},
  };
}

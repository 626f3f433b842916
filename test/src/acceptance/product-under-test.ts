import type { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';

/** A running product with two people: ada, who has a key for each service, and bob, a stranger to her. */
export interface ProductUnderTest {
  readonly keyward: Keyward;
  readonly metadata: IssuedKey;
  readonly meterr: IssuedKey;
  readonly stranger: IssuedKey;
  /** Sends with a key or without; a body is sent as JSON unless it is a text or a form. */
  send(
    key: IssuedKey | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
}

export async function productUnderTest(keyward: Keyward): Promise<ProductUnderTest> {
  await createPerson(keyward, 'ada', 'super_admin');
  await createPerson(keyward, 'bob');
  return {
    keyward,
    metadata: await issueKey(keyward, 'ada', { service: 'metadata' }),
    meterr: await issueKey(keyward, 'ada', { service: 'meterr' }),
    stranger: await issueKey(keyward, 'bob', { service: 'metadata' }),
    send(key, method, path, body, headers = {}) {
      const isAsItIs = typeof body === 'string' || body instanceof FormData;
      return keyward.fetch(path, {
        method,
        headers: {
          ...(key && { authorization: `Bearer ${key.key}` }),
          ...(body !== undefined && !(body instanceof FormData) && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isAsItIs ? body : JSON.stringify(body) }),
      });
    },
  };
}

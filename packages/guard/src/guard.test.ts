import { describe, expect, test } from 'vitest';
import { errorCodes } from './error-codes.ts';
import { securityHeaders } from './headers/security-headers.ts';
import { refuse } from './reply.ts';
import { createRouter } from './router.ts';
import type { AnyService } from './service.ts';
import { shopService } from './testing/shop-service.ts';
import { createTestGuard } from './testing/test-guard.ts';

const scopes = ['orders:write', 'stock:read'];
const order = (body: unknown, key: string, more: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...more },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const apple = { item: 'apple', count: 1 };

async function problemOf(response: Response) {
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: body.code, detail: body.detail, body };
}

describe('the path of a request', () => {
  test('a good request reaches its handler and is recorded', async () => {
    const { send, issueKey, entries } = createTestGuard([shopService]);
    const { key, row } = issueKey({ scopes });
    const response = await send(
      '/shop/orders',
      order(apple, key, { 'x-request-id': 'mine', 'user-agent': 'test/1' }),
    );
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ id: 'order-1', item: 'apple', count: 1 });
    expect(response.headers.get('location')).toBe('/shop/orders/order-1');
    expect(entries).toMatchObject([
      {
        method: 'POST',
        path: '/shop/orders',
        status: 201,
        apiKey: row.id,
        userId: 'owner-1',
        service: 'shop',
        environment: 'live',
        action: 'orders.create',
        objectType: 'order',
        objectIds: ['order-1'],
        objectCount: 1,
        errorCode: null,
        ip: '203.0.113.7',
        userAgent: 'test/1',
        clientRequestId: 'mine',
        requestId: response.headers.get('x-request-id'),
        repeats: 1,
      },
    ]);
  });

  test('A1: the row of a request for no route names the valid key that it carried', async () => {
    const { send, issueKey, entries } = createTestGuard([shopService]);
    const { key, row } = issueKey({ scopes });
    const headers = { authorization: `Bearer ${key}` };
    for (const peer of ['203.0.113.7', '127.0.0.1']) {
      expect((await send('/nowhere', { headers }, peer)).status).toBe(404);
      expect(entries.at(-1)).toMatchObject({ apiKey: row.id, userId: 'owner-1', errorCode: 'not_found' });
    }
    await send('/nowhere', { headers: { authorization: 'Bearer nobody' } });
    expect(entries.at(-1)).toMatchObject({ apiKey: null, userId: null });
  });

  test('A1, K10: while keys cannot be verified, a request for no route is refused as all others that carry one', async () => {
    const keys = { verify: () => refuse('key_store_unavailable'), servesStale: false };
    const { send } = createTestGuard([shopService], { keys });
    const headers = { authorization: 'Bearer anything' };
    expect((await problemOf(await send('/nowhere', { headers }))).code).toBe('key_store_unavailable');
    expect((await problemOf(await send('/nowhere'))).code).toBe('not_found');
  });

  test.each([
    ['401 without a key', '/shop/orders', { method: 'POST' }, 'missing_credentials'],
    ['404 for an unknown path', '/nowhere', {}, 'not_found'],
    ['405 for another method', '/shop/orders', { method: 'DELETE' }, 'method_not_allowed'],
    ['400 for an ambiguous path', '/shop//orders', {}, 'invalid_path'],
    ['400 for an encoded slash', '/shop%2Forders', {}, 'invalid_path'],
    ['400 for a path parameter', '/shop/orders;x=1', {}, 'invalid_path'],
    ['404 for another case', '/SHOP/orders', {}, 'not_found'],
  ])('V1: %s is a problem with every header, and recorded', async (_name, path, init, code) => {
    const { send, entries } = createTestGuard([shopService]);
    const response = await send(path, init);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await problemOf(response)).toMatchObject({
      status: errorCodes[code as keyof typeof errorCodes].status,
      code,
      body: { request_id: response.headers.get('x-request-id'), type: `/docs/errors#${code}` },
    });
    for (const [name, value] of Object.entries(securityHeaders()))
      expect(response.headers.get(name)).toBe(value);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(entries).toMatchObject([{ path, errorCode: code, apiKey: null }]);
  });

  test('K4: a missing scope is 403 and names it; write does not imply read', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const response = await send('/shop/orders', order(apple, issueKey({ scopes: ['orders:write'] }).key));
    expect(await problemOf(response)).toMatchObject({
      status: 403,
      code: 'missing_scope',
      detail: expect.stringContaining('stock:read'),
    });
  });

  test('R1: too low a role is 403 insufficient_permissions, an unknown one as well', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const read = async (ownerRole: string) =>
      (await send('/shop/books', { headers: { 'x-api-key': issueKey({ scopes, ownerRole }).key } })).status;
    expect(await read('user')).toBe(403);
    expect(await read('root')).toBe(403);
    expect(await read('admin')).toBe(200);
    expect(await read('super_admin')).toBe(200);
  });

  test.each([
    ['not JSON', '{', 400, 'malformed_json'],
    ['a duplicate key', '{"item":"a","item":"b","count":1}', 400, 'malformed_json'],
    ['an unknown field', { ...apple, price: 0 }, 422, 'invalid_request'],
    ['a number out of range', { item: 'apple', count: 10 }, 422, 'invalid_request'],
    ['too much', { item: 'x'.repeat(2000), count: 1 }, 413, 'body_too_large'],
  ])('V1, V2: %s is refused', async (_name, body, status, code) => {
    const { send, issueKey } = createTestGuard([shopService]);
    const response = await send('/shop/orders', order(body, issueKey({ scopes }).key));
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  test('V1: what is wrong is named by pointer', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const response = await send(
      '/shop/orders',
      order({ item: 5, count: 1, 'a/b': 1 }, issueKey({ scopes }).key),
    );
    const { body } = await problemOf(response);
    expect((body.errors as { pointer: string }[]).map((error) => error.pointer).sort()).toEqual([
      '/a~1b',
      '/item',
    ]);
  });

  test('V2: another content type is 415, also with a charset that is not UTF-8', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const { key } = issueKey({ scopes });
    for (const type of ['text/plain', 'application/json; charset=latin1', 'application/jsonp']) {
      const response = await send('/shop/orders', order(apple, key, { 'content-type': type }));
      expect(await problemOf(response)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    }
    expect(
      (await send('/shop/orders', order(apple, key, { 'content-type': 'application/json; charset=UTF-8' })))
        .status,
    ).toBe(201);
  });

  test('V2: a body without a length is cut off at the limit', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100;
        controller.enqueue(new Uint8Array(100).fill(32));
      },
    });
    const init = { ...order('', issueKey({ scopes }).key), body: endless, duplex: 'half' } as RequestInit;
    expect(await problemOf(await send('/shop/orders', init))).toMatchObject({ status: 413 });
    expect(sent).toBeLessThan(10_000);
  });

  test('V1: an exception is a 500 that tells nothing of the inside', async () => {
    const heard: unknown[] = [];
    const { send, issueKey, entries } = createTestGuard([shopService], {
      onError: (error) => heard.push(error),
    });
    const response = await send(
      '/shop/orders',
      order({ item: 'explosive', count: 1 }, issueKey({ scopes }).key),
    );
    expect(response.status).toBe(500);
    expect(await response.text()).not.toMatch(/recipe|Error|\/etc/);
    expect(heard).toHaveLength(1);
    expect(entries).toMatchObject([{ status: 500, errorCode: 'internal_error' }]);
  });

  test('V1: unknown, repeated and wrong query parameters are refused by name', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const headers = { 'x-api-key': issueKey({ scopes, limits: [{ limit: 100, windowMs: 1000 }] }).key };
    const withNul = await send('/shop/orders/order-1?full=%00', {
      headers: { 'x-api-key': issueKey({ scopes }).key },
    });
    expect(withNul.status).toBe(400);
    const errorsOf = async (query: string) =>
      (await problemOf(await send(`/shop/orders/order-1${query}`, { headers }))).body.errors;
    expect(await errorsOf('?color=red')).toMatchObject([{ pointer: 'query/color' }]);
    expect(await errorsOf('?full=yes&full=no')).toMatchObject([{ pointer: 'query/full' }]);
  });
});

describe('limits', () => {
  test('L2: every limited answer says where it stands; a refusal says how long to wait, truly', async () => {
    const { send, issueKey, clock } = createTestGuard([shopService]);
    const { key } = issueKey({ scopes, limits: [{ limit: 2, windowMs: 10_000 }] });
    const first = await send('/shop/orders', order(apple, key));
    expect(first.headers.get('x-ratelimit-limit')).toBe('2');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    expect(Number(first.headers.get('x-ratelimit-reset'))).toBe(Math.ceil((clock.now() + 10_000) / 1000));
    await send('/shop/orders', order(apple, key));
    clock.advance(3_500);
    const refused = await send('/shop/orders', order(apple, key));
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused.headers.get('retry-after')).toBe('7');
    clock.advance(6_000);
    expect((await send('/shop/orders', order(apple, key))).status).toBe(429);
    clock.advance(1_000);
    expect((await send('/shop/orders', order(apple, key))).status).toBe(201);
  });

  test('L1: a route’s own window holds besides the key’s, all or nothing', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const { key } = issueKey({ scopes });
    const get = () => send('/shop/orders/order-1', { headers: { 'x-api-key': key } });
    expect([(await get()).status, (await get()).status, (await get()).status]).toEqual([200, 200, 429]);
    const after = await send('/shop/orders', order(apple, key));
    expect(after.headers.get('x-ratelimit-remaining')).toBe('997');
  });

  test('K6: a request denied before the limits spends nothing', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const { key } = issueKey({
      scopes,
      allowedIps: ['203.0.113.0/24'],
      allowedOrigins: ['https://a.example'],
    });
    for (let round = 0; round < 5; round += 1) {
      expect(await problemOf(await send('/shop/orders', order(apple, key), '198.51.100.1'))).toMatchObject({
        status: 403,
        code: 'address_not_allowed',
      });
      expect(await problemOf(await send('/shop/orders', order(apple, key)))).toMatchObject({
        status: 403,
        code: 'origin_not_allowed',
      });
    }
    const allowed = await send('/shop/orders', order(apple, key, { origin: 'https://a.example' }));
    expect(allowed.headers.get('x-ratelimit-remaining')).toBe('999');
  });
});

describe('answers', () => {
  test('C1: a public route answers any origin, others only those configured, refusals too', async () => {
    const { send } = createTestGuard([shopService], { corsOrigins: ['https://a.example'] });
    const cors = async (path: string, origin: string) =>
      (await send(path, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await cors('/shop/window', 'https://b.example')).toBe('*');
    expect(await cors('/shop/orders/1', 'https://a.example')).toBe('https://a.example');
    expect(await cors('/shop/orders/1', 'https://b.example')).toBeNull();
    const preflight = await send('/shop/orders', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-max-age')).toBe('86400');
  });

  test('H1: public bytes may be kept and used elsewhere, answers to a key may not', async () => {
    const { send, issueKey } = createTestGuard([shopService]);
    const open = await send('/shop/window');
    expect(open.headers.get('cache-control')).toBe('public, max-age=60');
    expect(open.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    const own = await send('/shop/orders', order(apple, issueKey({ scopes }).key));
    expect(own.headers.get('cache-control')).toBe('no-store');
    expect(own.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  test('HEAD answers like GET, without the body', async () => {
    const { send } = createTestGuard([shopService]);
    const response = await send('/shop/window', { method: 'HEAD' });
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([
      200,
      '',
      'text/plain',
    ]);
  });

  test('A1: only what says so is left out of the log', async () => {
    const { send, entries } = createTestGuard([shopService]);
    await send('/shop/pulse');
    expect(entries).toEqual([]);
    await send('/shop/window?token=abc&a=1');
    expect(entries).toMatchObject([{ path: '/shop/window?token=****&a=1' }]);
  });

  test('A1: what cannot be recorded is not answered', async () => {
    const { send } = createTestGuard([shopService], {
      journal: {
        append: () => Promise.reject(new Error('disk full')),
        appendSynced: () => Promise.reject(new Error('disk full')),
      },
    });
    expect(await problemOf(await send('/shop/window'))).toMatchObject({
      status: 503,
      code: 'audit_unavailable',
    });
  });

  test('O6: beyond the bound of requests at once the answer is 503, and those inside are served', async () => {
    const { send } = createTestGuard([shopService], { requestsMax: 10 });
    const answers = await Promise.all(Array.from({ length: 1000 }, () => send('/shop/window')));
    const served = answers.filter((response) => response.status === 200).length;
    expect(served).toBe(10);
    expect(answers.filter((response) => response.status === 503)).toHaveLength(990);
    expect((await send('/shop/window')).status).toBe(200);
  });
});

describe('R2: deny by default', () => {
  const broken = (field: string): AnyService => {
    const { [field as 'access']: _gone, ...route } = shopService.contract.window;
    return {
      ...shopService,
      contract: { window: route },
      handlers: { window: shopService.handlers.window },
    } as unknown as AnyService;
  };
  test.each(['access', 'limit', 'audit', 'request', 'responses'])(
    'a route that does not declare its %s does not start',
    (field) => {
      expect(() => createRouter([broken(field)])).toThrow(`shop.window does not declare its ${field}`);
    },
  );
  test('nor one without a handler, with a scope nobody declared, or declared twice', () => {
    expect(() => createRouter([{ ...shopService, handlers: {} } as unknown as AnyService])).toThrow(
      'has no handler',
    );
    expect(() => createRouter([{ ...shopService, scopes: {} } as unknown as AnyService])).toThrow(
      'which shop does not declare',
    );
    expect(() => createRouter([shopService, shopService])).toThrow('two routes answer');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, refuse } from '../../reply.ts';
import { defineRoute } from '../../route.ts';
import { defineService } from '../../service.ts';
import { shopService } from '../../testing/shop-service.ts';
import { createTestGuard } from '../../testing/test-guard.ts';
import { LimitStoreUnavailableError } from '../limit-store.ts';

const minute = 60_000;
const small = {
  keyless: { limit: 6, windowMs: minute },
  failed: { limit: 3, windowMs: minute },
  signIn: { limit: 2, windowMs: minute },
  keyed: { limit: 8, windowMs: minute },
};
const scopes = ['orders:write', 'stock:read'];
const bearing = (key: string): RequestInit => ({ headers: { authorization: `Bearer ${key}` } });
const invented = bearing('sk-shop_live_inventedinventedinventedinvented');

const visit = { access: { kind: 'anybody' }, request: {}, responses: {}, errors: [] } as const;
const doorService = defineService({
  name: 'door',
  title: 'Door',
  scopes: {},
  contract: {
    signIn: defineRoute({
      ...visit,
      method: 'POST',
      path: '/door/sign-in',
      summary: 'Sign in',
      limit: 'sign-in',
      audit: { action: 'door.sign_in' },
    }),
    report: defineRoute({
      ...visit,
      method: 'POST',
      path: '/door/report',
      summary: 'Report, signed',
      limit: 'none',
      audit: { action: 'door.report' },
    }),
  },
  handlers: { signIn: () => bytes(204, null, {}), report: () => refuse('invalid_signature') },
});

function setUp(addressLimits: typeof small | 'off' | 'default' = small) {
  const more = addressLimits === 'default' ? {} : { addressLimits };
  const bed = createTestGuard([shopService, doorService], more);
  const statuses = async (count: number, path: string, init?: RequestInit, peer?: string) => {
    const answers: number[] = [];
    for (let i = 0; i < count; i += 1) answers.push((await bed.send(path, init, peer)).status);
    return answers;
  };
  return { ...bed, statuses };
}
const times = (count: number, status: number) => Array.from({ length: count }, () => status);

describe('without a valid key', () => {
  test.each([
    ['a public route', '/shop/window', {}, 200],
    ['an unknown path', '/nowhere', {}, 404],
    ['an ambiguous path', '/shop//orders', {}, 400],
    ['another method', '/shop/window', { method: 'DELETE' }, 405],
    ['an unknown path with an invented key', '/nowhere', invented, 404],
    ['a preflight', '/shop/window', { method: 'OPTIONS' }, 204],
    ['a key in the URL', '/shop/books?api_key=x', {}, 400],
  ])('L4: %s spends the keyless window', async (_what, path, init, status) => {
    const { statuses, clock, lookUps } = setUp();
    expect(await statuses(8, path, init)).toEqual([...times(6, status), 429, 429]);
    expect(await statuses(1, path, init, '203.0.113.8')).toEqual([status]);
    clock.advance(minute);
    expect(await statuses(1, path, init)).toEqual([status]);
    expect(lookUps()).toBe(0);
  });

  test('L4: an invented key is 401, and 429 with a true Retry-After when the failed window is spent', async () => {
    const { send, statuses, clock, entries } = setUp();
    expect(await statuses(3, '/shop/books', invented)).toEqual(times(3, 401));
    clock.advance(20_500);
    const refused = await send('/shop/books', invented);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('40');
    expect(refused.headers.get('ratelimit')).toBe('"3/1m";r=0;t=40');
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    expect(entries.at(-1)).toMatchObject({ status: 429, errorCode: 'rate_limited', ip: '203.0.113.7' });
    clock.advance(39_000);
    expect(await statuses(1, '/shop/books')).toEqual([429]);
    clock.advance(1_000);
    expect(await statuses(1, '/shop/books')).toEqual([401]);
  });

  test('L4: what is refused as 429 spends nothing: other requests of the address go on', async () => {
    const { statuses } = setUp();
    expect(await statuses(20, '/shop/books', invented)).toEqual([...times(3, 401), ...times(17, 429)]);
    expect(await statuses(4, '/shop/window')).toEqual([200, 200, 200, 429]);
  });

  test('L4: a spent keyless window refuses a wrong key with 429 too', async () => {
    const { statuses } = setUp();
    await statuses(6, '/shop/window');
    expect(await statuses(2, '/shop/books', invented)).toEqual([429, 429]);
  });

  test('L4: sign-in has a window of its own besides', async () => {
    const { statuses } = setUp();
    expect(await statuses(4, '/door/sign-in', { method: 'POST' })).toEqual([204, 204, 429, 429]);
    expect(await statuses(5, '/shop/window')).toEqual([...times(4, 200), 429]);
  });

  test('L4: a handler’s 401 to somebody without a key counts as a failure', async () => {
    const { statuses } = setUp();
    expect(await statuses(5, '/door/report', { method: 'POST' })).toEqual([...times(3, 401), 429, 429]);
  });

  test('L4: what never became a request spends the keyless window', async () => {
    const { guard, statuses, entries } = setUp();
    const unparsed = async () => {
      const answer = await guard.refuseUnparsed('malformed_request', { address: '203.0.113.7' });
      return [answer.status, answer.headers.get('retry-after')];
    };
    for (let i = 0; i < 6; i += 1) expect(await unparsed()).toEqual([400, null]);
    expect(await unparsed()).toEqual([429, '60']);
    expect(entries.at(-1)).toMatchObject({ method: '-', status: 429, errorCode: 'rate_limited' });
    expect(await statuses(1, '/shop/window')).toEqual([429]);
  });

  test('L4: loopback, and routes that say they are not recorded, are never limited', async () => {
    const { statuses } = setUp();
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.9.9.9'])
      expect(await statuses(20, '/shop/books', invented, peer)).toEqual(times(20, 401));
    await statuses(10, '/shop/window');
    expect(await statuses(20, '/shop/pulse')).toEqual(times(20, 200));
  });

  test('L4: "off" limits nobody by address', async () => {
    const { statuses } = setUp('off');
    expect(await statuses(50, '/shop/books', invented)).toEqual(times(50, 401));
  });

  test('L4: by default it is 600 a minute without a key, 30 that fail, 10 sign-ins', async () => {
    const { statuses } = setUp('default');
    const admitted = (answers: number[]) => answers.filter((status) => status !== 429).length;
    expect(admitted(await statuses(700, '/shop/window', {}, '192.0.2.1'))).toBe(600);
    expect(admitted(await statuses(700, '/shop/books', {}, '192.0.2.2'))).toBe(30);
    expect(admitted(await statuses(50, '/door/sign-in', { method: 'POST' }, '192.0.2.3'))).toBe(10);
  });
});

describe('with a valid key', () => {
  test('L4: it is served behind an address whose windows strangers have spent', async () => {
    const { statuses, issueKey } = setUp();
    await statuses(20, '/shop/books', invented);
    await statuses(20, '/shop/window');
    const { key } = issueKey({ scopes, ownerRole: 'admin' });
    expect(await statuses(8, '/shop/books', bearing(key))).toEqual(times(8, 200));
  });

  test('L4: the address’ own high window holds over all its keys, all or nothing', async () => {
    const { statuses, issueKey } = setUp();
    const first = bearing(
      issueKey({ scopes, ownerRole: 'admin', limits: [{ limit: 5, windowMs: minute }] }).key,
    );
    const second = bearing(issueKey({ scopes, ownerRole: 'admin' }).key);
    // What the key's window refuses costs the address nothing, and the other way about.
    expect(await statuses(9, '/shop/books', first)).toEqual([...times(5, 200), ...times(4, 429)]);
    expect(await statuses(5, '/shop/books', second)).toEqual([...times(3, 200), 429, 429]);
    expect(await statuses(1, '/shop/books', second, '203.0.113.8')).toEqual([200]);
  });

  test('L2: the headers tell of the key’s window until the address’ refuses', async () => {
    const { send, issueKey } = setUp();
    const { key } = issueKey({ scopes, ownerRole: 'admin', limits: [{ limit: 100, windowMs: minute }] });
    for (let i = 1; i <= 8; i += 1) {
      const { headers } = await send('/shop/books', bearing(key));
      expect(headers.get('x-ratelimit-limit')).toBe('100');
      expect(headers.get('x-ratelimit-remaining')).toBe(`${100 - i}`);
    }
    const refused = await send('/shop/books', bearing(key));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-ratelimit-limit')).toBe('8');
    expect(refused.headers.get('retry-after')).toBe('60');
  });

  test('L2: what others behind an address have spent is not told', async () => {
    const { send } = setUp();
    for (const path of ['/shop/window', '/nowhere', '/shop/books'])
      expect((await send(path)).headers.get('x-ratelimit-remaining')).toBeNull();
  });

  test('L4: refused by scope, or for an unknown path, it spends the high window alone', async () => {
    const { statuses, issueKey } = setUp();
    const { key } = issueKey({ scopes: ['orders:write'] });
    expect(await statuses(4, '/shop/books', bearing(key))).toEqual(times(4, 403));
    expect(await statuses(6, '/nowhere', bearing(key))).toEqual([...times(4, 404), 429, 429]);
    expect(await statuses(6, '/shop/window')).toEqual(times(6, 200));
  });

  test('L4: a key whose uses are spent is a genuine one: it spends the high window', async () => {
    const { statuses, issueKey } = setUp();
    const { key } = issueKey({ scopes, usesId: 'count', usesMax: 5, used: 5 });
    expect(await statuses(10, '/shop/books', bearing(key))).toEqual([...times(8, 403), 429, 429]);
    expect(await statuses(1, '/shop/window')).toEqual([200]);
  });

  test('L4: a key that has ended counts as a failure', async () => {
    const { statuses, issueKey } = setUp();
    const { key } = issueKey({ scopes, revokedAt: new Date(0) });
    expect(await statuses(5, '/shop/books', bearing(key))).toEqual([...times(3, 401), 429, 429]);
  });

  test('L5: limits that cannot be checked are 503, whoever asks, and a 400 stays what it is', async () => {
    const away = {
      take: () => Promise.reject(new LimitStoreUnavailableError('away')),
      close: async () => {},
    };
    const { guard, send } = createTestGuard([shopService], { limits: away });
    expect((await send('/shop/window')).status).toBe(503);
    expect((await send('/shop/books', invented)).status).toBe(503);
    expect((await send('/shop/window', {}, '127.0.0.1')).status).toBe(200);
    expect((await guard.refuseUnparsed('malformed_request', { address: '192.0.2.1' })).status).toBe(400);
  });
});

test('L4: a thousand addresses of one /64 share a window; two mapped clients have one each', async () => {
  const { send, statuses } = setUp();
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      send('/shop/books', invented, `2001:db8:0:1:${i.toString(16)}::1`),
    ),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(997);
  expect(await statuses(1, '/shop/books', invented, '2001:db8:0:2::1')).toEqual([401]);
  expect(await statuses(4, '/shop/books', invented, '::ffff:192.0.2.1')).toEqual([...times(3, 401), 429]);
  expect(await statuses(1, '/shop/books', invented, '192.0.2.1')).toEqual([429]);
  expect(await statuses(1, '/shop/books', invented, '::ffff:192.0.2.2')).toEqual([401]);
});

test('L4: a thousand invented X-Forwarded-For change nothing, without a proxy or behind one', async () => {
  const forged = (i: number) => `6.6.${i >> 8}.${i & 255}`;
  for (const [trustedProxies, seen] of [
    [[], ''],
    [['203.0.113.7'], ', 198.51.100.1'],
  ] as const) {
    const { send } = createTestGuard([shopService], { addressLimits: small, trustedProxies });
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        send('/shop/window', {
          headers: {
            'x-forwarded-for': forged(i) + seen,
            forwarded: `for=${forged(i)}`,
            'x-real-ip': forged(i),
          },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(6);
  }
});

test('L4: whatever strangers send from an address, keys behind it get exactly what their own limits give', async () => {
  const stranger = fc.constantFrom(
    { path: '/shop/books', init: invented },
    { path: '/shop/books', init: {} },
    { path: '/shop/window', init: {} },
    { path: '/nowhere', init: invented },
    { path: '/door/report', init: { method: 'POST' } },
    { path: '/shop/window', init: { method: 'OPTIONS' } },
  );
  const step = fc.oneof(stranger, fc.constant('holder' as const), fc.integer({ min: 1, max: 40_000 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const windows = { ...small, keyed: { limit: 1000, windowMs: minute } };
      const limits = [{ limit: 4, windowMs: minute }];
      const busy = createTestGuard([shopService, doorService], { addressLimits: windows });
      const quiet = createTestGuard([shopService, doorService], { addressLimits: windows });
      const beds = [busy, quiet].map((bed) => ({
        bed,
        holder: bearing(bed.issueKey({ scopes, ownerRole: 'admin', limits }).key),
      }));
      for (const each of steps) {
        if (typeof each === 'number') for (const { bed } of beds) bed.clock.advance(each);
        else if (each !== 'holder') await busy.send(each.path, each.init);
        else {
          const answers = await Promise.all(beds.map(({ bed, holder }) => bed.send('/shop/books', holder)));
          const seen = answers.map(({ status, headers }) => [
            status,
            headers.get('ratelimit'),
            headers.get('retry-after'),
          ]);
          expect(seen[0]).toEqual(seen[1]);
        }
      }
    }),
    { numRuns: 60 },
  );
});

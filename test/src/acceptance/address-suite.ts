import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';

// Networks of this run alone: another one within the minute may count in the same Redis.
const network = `100.${randomInt(64, 128)}.${randomInt(256)}`;
const network6 = `2001:db8:${randomInt(0x10000).toString(16)}`;

/** Believes this machine's X-Forwarded-For, so that a test can come from any address. */
export const behindProxy = { TRUSTED_PROXIES: '127.0.0.1/32', NEVER_BLOCK: `${network}.200` };

/** Commands and nodes are processes of their own, on machines that have other work too. */
const timeoutMs = 240_000;

const invented = `sk-metadata_live_${'x'.repeat(32)}`;

/** L4 over HTTP, on however many nodes share a database: each call goes to the next one. */
export function describeAddresses(
  kind: string,
  open: () => Promise<{ nodes: readonly Keyward[]; close: () => Promise<void> }>,
): void {
  describe(kind, { timeout: timeoutMs }, () => {
    let nodes: readonly Keyward[];
    let first: Keyward;
    let last: Keyward;
    let close: (() => Promise<void>) | undefined;
    let holder: IssuedKey;
    let operator: IssuedKey;
    let calls = 0;

    beforeAll(async () => {
      ({ nodes, close } = await open());
      first = nodes[0] as Keyward;
      last = nodes.at(-1) as Keyward;
      await createPerson(first, 'ada', 'super_admin');
      holder = await issueKey(first, 'ada');
      operator = await issueKey(first, 'ada', { service: 'control', scopes: ['blocks:write'] });
    }, timeoutMs);
    afterAll(() => close?.(), timeoutMs);

    const send = (from: string, path: string, key?: string, init: RequestInit = {}, on?: Keyward) => {
      calls += 1;
      const node = on ?? (nodes[calls % nodes.length] as Keyward);
      const headers = {
        'x-forwarded-for': from,
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(init.body !== undefined && { 'content-type': 'application/json' }),
      };
      return node.fetch(path, { ...init, headers });
    };
    const status = async (...sent: Parameters<typeof send>): Promise<number> => {
      const answer = await send(...sent);
      await answer.arrayBuffer();
      return answer.status;
    };
    const control = async (method: string, path = '', body?: unknown): Promise<Record<string, unknown>> => {
      const answer = await first.fetch(`/v1/control/blocks${path}`, {
        method,
        headers: { authorization: `Bearer ${operator.key}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { ...((await answer.json()) as object), httpStatus: answer.status };
    };
    const count = (statuses: readonly number[], wanted: number) =>
      statuses.filter((each) => each === wanted).length;
    /** Which may take a second, and on a busy machine longer to be seen. */
    const everywhere = (from: string, wanted: number) =>
      expect
        .poll(() => Promise.all(nodes.map((node) => status(from, '/docs', undefined, {}, node))), {
          timeout: 20_000,
          interval: 10,
        })
        .toEqual(nodes.map(() => wanted));

    test('L4: 30 requests a minute of an address are answered 401, over all nodes; then 429 that says how long', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 60 }, () => status(`${network}.1`, '/api/metadata', invented)),
      );
      expect([count(statuses, 401), count(statuses, 429)]).toEqual([30, 30]);
      const refused = await send(`${network}.1`, '/api/metadata');
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
      expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
      // Somebody with a key behind the same address is served, and so is another address.
      expect(await status(`${network}.1`, '/api/metadata', holder.key)).toBe(200);
      expect(await status(`${network}.2`, '/api/metadata', invented)).toBe(401);
    });

    test('L4: 600 requests a minute of an address need no key, over all nodes; health is not counted', async () => {
      const statuses: number[] = [];
      for (let batch = 0; batch < 14; batch += 1) {
        const some = Array.from({ length: 50 }, () => status(`${network}.3`, '/nowhere'));
        statuses.push(...(await Promise.all(some)));
      }
      expect([count(statuses, 404), count(statuses, 429)]).toEqual([600, 100]);
      expect(await status(`${network}.3`, '/healthz')).toBe(200);
      expect(await status(`${network}.3`, '/api/metadata', holder.key)).toBe(200);
    });

    test('L4: a thousand forged chains, and a thousand addresses of one /64, are one client', async () => {
      const sendAll = async (from: (i: number) => string) => {
        const statuses: number[] = [];
        for (let i = 0; i < 1000; i += 50) {
          const some = Array.from({ length: 50 }, (_, at) => status(from(i + at), '/api/metadata', invented));
          statuses.push(...(await Promise.all(some)));
        }
        return [count(statuses, 401), count(statuses, 429)];
      };
      expect(await sendAll((i) => `6.6.${i >> 8}.${i & 255}, ${network}.4`)).toEqual([30, 970]);
      expect(await sendAll((i) => `${network6}:1:${i.toString(16)}::1`)).toEqual([30, 970]);
      expect(await status(`::ffff:${network}.5`, '/api/metadata', invented)).toBe(401);
    });

    test('L4: this machine itself is never limited by address', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 60 }, async () => {
          const answer = await first.fetch('/api/metadata');
          await answer.arrayBuffer();
          return answer.status;
        }),
      );
      expect(count(statuses, 401)).toBe(60);
    });

    test('L4: a block that the API adds holds on every node within a second, and is lifted so', async () => {
      expect(await status('203.0.113.5', '/docs', undefined, {}, last)).toBe(200);
      const added = await control('POST', '', {
        subject: '203.0.113.0/24',
        reason: 'a test',
        expires_in_seconds: 900,
      });
      expect(added).toMatchObject({
        httpStatus: 201,
        kind: 'range',
        subject: '203.0.113.0/24',
        removed_at: null,
      });
      await everywhere('203.0.113.5', 403);
      const refused = await send('203.0.113.77', '/api/metadata', holder.key);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(890);
      expect(await refused.json()).toMatchObject({ code: 'blocked' });
      expect(refused.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await status('203.0.114.5', '/docs')).toBe(200);
      expect(await control('GET')).toMatchObject({ data: [{ id: added.id }], next_cursor: null });
      expect(await control('DELETE', `/${added.id}`)).toMatchObject({ httpStatus: 200, id: added.id });
      await everywhere('203.0.113.5', 200);
      expect(await control('GET')).toMatchObject({ data: [] });
      expect(await control('GET', '?state=all')).toMatchObject({ data: [{ id: added.id }] });
      expect(await control('DELETE', `/${added.id}`)).toMatchObject({ httpStatus: 404, code: 'not_found' });
    });

    test('L4: a block ends by itself, and not sooner', async () => {
      const wanted = { subject: `${network6}::1`, reason: 'a test', expires_in_seconds: 10 };
      const { expires_at: expiresAt } = await control('POST', '', wanted);
      const from = `${network6}:0:9::9`;
      // On a busy machine it takes some of its ten seconds until both nodes hold it.
      await everywhere(from, 403);
      await expect.poll(() => status(from, '/docs'), { timeout: 30_000, interval: 20 }).toBe(200);
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(String(expiresAt)));
      expect(await control('GET')).toMatchObject({ data: [] });
    });

    test('L4: what the command line blocks it lists and lifts, by address too', async () => {
      await last.run('blocks', 'add', `${network6}:1::1`, '--for', '1h', '--reason', 'a test');
      await everywhere(`${network6}:1:9::9`, 403);
      expect(await first.cli('blocks', 'list')).toMatchObject({
        data: [{ subject: `${network6}:1::/64`, reason: 'a test', created_by: 'cli' }],
      });
      await first.run('blocks', 'remove', `${network6}:1::2`);
      await everywhere(`${network6}:1:9::9`, 200);
      expect(await first.cli('blocks', 'list')).toEqual({ data: [] });
    });

    test('L4: blocks survive a restart of every node', async () => {
      await first.run('blocks', 'add', '198.51.100.9');
      await Promise.all(nodes.map((node) => node.stop()));
      for (const node of nodes) await node.start();
      expect(await status('198.51.100.9', '/docs', undefined, {}, last)).toBe(403);
      await first.run('blocks', 'remove', '198.51.100.9');
      await everywhere('198.51.100.9', 200);
    });

    test('M3: proxies, this machine and the list are never blocked, and the reason is said', async () => {
      for (const subject of ['127.0.0.1', '::1', `${network}.200`])
        expect(await control('POST', '', { subject, reason: 'x' })).toMatchObject({
          httpStatus: 409,
          detail: expect.stringContaining('never blocked'),
        });
      for (const subject of ['127.0.0.1', '0.0.0.0/0'])
        await expect(first.run('blocks', 'add', subject)).rejects.toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/never blocked|too many/),
        });
      expect(await control('POST', '', { subject: 'localhost', reason: 'x' })).toMatchObject({
        httpStatus: 422,
        code: 'invalid_request',
      });
      await first.run('blocks', 'add', `${network}.0/24`);
      await everywhere(`${network}.199`, 403);
      expect(await status(`${network}.200`, '/docs')).toBe(200);
      await first.run('blocks', 'remove', `${network}.0/24`);
    });
  });
}

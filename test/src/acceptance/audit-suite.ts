import { connect } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import type { Keyward } from '../product/keyward.ts';
import { type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';

interface Row {
  readonly request_id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly error_code: string | null;
  readonly repeats: number;
}

/** A1 over HTTP: what is a row. Every request here is of a path of its own, by which its rows are found. */
export function describeAudit(given: () => ProductUnderTest): void {
  let keyward: Keyward;
  let metadata: IssuedKey;
  let control: IssuedKey;
  let send: ProductUnderTest['send'];
  beforeAll(async () => {
    ({ keyward, metadata, send } = given());
    control = await issueKey(keyward, 'ada', { service: 'control', scopes: ['audit:read'] });
  });

  const rowsOf = (filter: Readonly<Record<string, string>>) => auditRows<Row>(keyward, filter);

  const cases: readonly {
    name: string;
    sent: () => Promise<Response>;
    row: Partial<Row>;
  }[] = [
    {
      name: 'an answer',
      sent: () => send(metadata, 'GET', '/api/metadata?search=a1-answer'),
      row: { method: 'GET', path: '/api/metadata?search=a1-answer', status: 200 },
    },
    {
      name: 'HEAD',
      sent: () => send(metadata, 'HEAD', '/api/metadata?search=a1-head'),
      row: { method: 'HEAD' },
    },
    {
      name: 'a preflight',
      sent: () =>
        send(undefined, 'OPTIONS', '/api/metadata', undefined, {
          origin: 'https://a1.example',
          'access-control-request-method': 'GET',
        }),
      row: { method: 'OPTIONS', status: 204 },
    },
    {
      name: 'a path that no route has',
      sent: () => send(metadata, 'GET', '/a1-nowhere'),
      row: { method: 'GET', path: '/a1-nowhere', status: 404, error_code: 'not_found' },
    },
    {
      name: 'a method that the path does not have',
      sent: () => send(metadata, 'DELETE', '/api/metadata?a1'),
      row: { method: 'DELETE', status: 405, error_code: 'method_not_allowed' },
    },
    {
      name: 'a page without a key',
      sent: () => send(undefined, 'GET', '/openapi.json'),
      row: { method: 'GET', path: '/openapi.json', status: 200, error_code: null },
    },
    {
      name: 'an export that is streamed',
      sent: () => send(control, 'GET', '/v1/control/audit/export?path=/a1-none'),
      row: { method: 'GET', status: 200 },
    },
    {
      name: 'a key in path, query, user agent and the client’s request id',
      sent: () =>
        send(metadata, 'GET', `/a1/%73k-metadata_live_${'k'.repeat(32)}?token=x`, undefined, {
          'user-agent': `a1 sk-metadata_live_${'k'.repeat(32)}`,
          'x-request-id': `sk-metadata_test_${'k'.repeat(32)}`,
        }),
      row: {},
    },
  ];

  test.each(cases)('A1: $name is exactly one row', async ({ sent, row }) => {
    const answer = await sent();
    await answer.arrayBuffer();
    const rows = await rowsOf({ request: `${answer.headers.get('x-request-id')}` });
    expect(rows).toMatchObject([{ status: answer.status, repeats: 1, ...row }]);
    expect(JSON.stringify(rows)).not.toContain('kkkkkkkkkk');
  });

  test('A1: a client that hangs up before its answer is one row', async () => {
    const path = `/a1-gone-${Date.now()}`;
    const socket = connect(Number(new URL(keyward.url).port), '127.0.0.1');
    const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${metadata.key}\r\n\r\n`;
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();
    await expect
      .poll(() => rowsOf({ path }), { timeout: 20_000 })
      .toMatchObject([{ path, status: 404, repeats: 1 }]);
  });

  test('A1, A2: a streamed answer is in the log before its first byte is there', async () => {
    const answer = await send(control, 'GET', '/v1/control/audit/export');
    const reader = answer.body?.getReader();
    await reader?.read();
    const rows = await rowsOf({ request: `${answer.headers.get('x-request-id')}` });
    await reader?.cancel();
    expect(rows).toMatchObject([{ status: 200, repeats: 1 }]);
  });

  test('A1: of many requests with an invented key, 60 a minute are rows, and none is left out of the sums', async () => {
    const path = `/api/metadata?a1-flood-${Date.now()}`;
    const since = new Date(Date.now() - 1000).toISOString();
    const invented: IssuedKey = { id: '', key: `sk-metadata_live_${'x'.repeat(32)}` };
    const answers = await Promise.all(Array.from({ length: 400 }, () => send(invented, 'GET', path)));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
    const rows = (await rowsOf({ since, error: 'invalid_key' })).filter((row) => row.status === 401);
    expect(rows.reduce((sum, row) => sum + row.repeats, 0)).toBe(400);
    expect(rows.filter((row) => row.repeats === 1).length).toBeLessThanOrEqual(121);
    // The minute may turn meanwhile.
    expect(rows.filter((row) => row.repeats > 1).length).toBeLessThanOrEqual(2);
    expect(rows.length).toBeLessThan(200);
  });

  test('A1: however many requests a valid key has refused, each is a row', async () => {
    const limited = await issueKey(keyward, 'bob', { limit: '1/1h' });
    const path = '/api/metadata?search=a1-limited';
    for (let sent = 0; sent < 80; sent += 1) await (await send(limited, 'GET', path)).arrayBuffer();
    const rows = await rowsOf({ key_id: limited.id, error: 'rate_limited' });
    expect(rows).toHaveLength(79);
    expect(rows.every((row) => row.repeats === 1)).toBe(true);
  });
}

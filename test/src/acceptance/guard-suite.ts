import { type ErrorCode, errorCodes } from '@keyward/guard';
import { beforeAll, expect, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import type { Keyward } from '../product/keyward.ts';
import { type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { headersOfEveryAnswer } from './headers.ts';
import { objectsOf, operationsOf, snapshot, tryEverything } from './ownership.ts';
import type { ProductUnderTest } from './product-under-test.ts';
import { Visitor } from './visitor.ts';

/** What stands before both services. */
export function describeGuard(given: () => ProductUnderTest): void {
  let keyward: Keyward;
  let metadata: IssuedKey;
  let meterr: IssuedKey;
  let stranger: IssuedKey;
  let send: ProductUnderTest['send'];
  beforeAll(() => {
    ({ keyward, metadata, meterr, stranger, send } = given());
  });

  test('O2: it says that it is healthy and ready, and nobody needs a key for that', async () => {
    expect(await (await keyward.fetch('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await keyward.fetch('/readyz')).json()).toMatchObject({
      status: 'ready',
      checks: { database: 'ok' },
    });
  });

  test('K5: live and test keys of one owner see separate data', async () => {
    const testKey = await issueKey(keyward, 'ada', { environment: 'test' });
    const { id } = (await (await send(metadata, 'POST', '/api/metadata', { name: 'Live' })).json()) as {
      id: string;
    };
    expect((await send(testKey, 'GET', `/api/metadata/${id}`)).status).toBe(404);
    expect(await (await send(testKey, 'GET', '/api/metadata')).json()).toMatchObject({ data: [] });
  });

  test('A1: every answer is one row of the audit log, refused ones too, with who, what and why', async () => {
    const limited = await issueKey(keyward, 'bob', { limit: '1/1h', scopes: ['metadata:read'] });
    await send(limited, 'GET', '/api/metadata');
    await send(metadata, 'POST', '/api/metadata?collection=taken&token_id=1', { name: 'x' });
    const invented: IssuedKey = { id: '', key: `sk-metadata_live_${'x'.repeat(32)}` };
    const cases: { code: ErrorCode | null; sent: () => Promise<Response>; by: string | null }[] = [
      { code: null, sent: () => send(metadata, 'GET', '/api/metadata'), by: metadata.id },
      { code: 'missing_credentials', sent: () => send(undefined, 'GET', '/api/metadata'), by: null },
      { code: 'invalid_key', sent: () => send(invented, 'GET', '/api/metadata'), by: null },
      {
        code: 'missing_scope',
        sent: () => send(limited, 'POST', '/api/metadata', { name: 'x' }),
        by: limited.id,
      },
      {
        code: 'not_found',
        sent: () => send(metadata, 'GET', '/api/metadata/no-such-document'),
        by: metadata.id,
      },
      {
        code: 'method_not_allowed',
        sent: () => send(metadata, 'DELETE', '/api/metadata'),
        by: metadata.id,
      },
      {
        code: 'conflict',
        sent: () => send(metadata, 'POST', '/api/metadata?collection=taken&token_id=1', { name: 'x' }),
        by: metadata.id,
      },
      {
        code: 'body_too_large',
        sent: () => send(metadata, 'POST', '/api/metadata', { name: 'x'.repeat(1024 * 1024) }),
        by: metadata.id,
      },
      {
        code: 'unsupported_media_type',
        sent: () => send(metadata, 'POST', '/api/metadata', 'x', { 'content-type': 'text/plain' }),
        by: metadata.id,
      },
      {
        code: 'malformed_json',
        sent: () => send(metadata, 'POST', '/api/metadata', '{"name":'),
        by: metadata.id,
      },
      {
        code: 'invalid_request',
        sent: () => send(metadata, 'GET', '/api/metadata?limit=0'),
        by: metadata.id,
      },
      { code: 'rate_limited', sent: () => send(limited, 'GET', '/api/metadata'), by: limited.id },
    ];
    const expected: Record<string, unknown>[] = [];
    for (const { code, sent, by } of cases) {
      const answer = await sent();
      const requestId = answer.headers.get('x-request-id');
      expect(answer.status, code ?? 'good').toBe(code === null ? 200 : errorCodes[code].status);
      for (const [name, value] of headersOfEveryAnswer)
        expect(answer.headers.get(name), `${code} ${name}`).toBe(value);
      if (code !== null) {
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        expect(await answer.json()).toMatchObject({ code, status: answer.status, request_id: requestId });
      }
      expected.unshift({
        request_id: requestId,
        status: answer.status,
        error_code: code,
        api_key: by,
        repeats: 1,
      });
    }
    const { data } = await keyward.cli<{ data: { request_id: string }[] }>(
      'audit',
      'search',
      '--limit',
      '1000',
    );
    // What the node itself does meanwhile has entries as well.
    const sent = new Set(expected.map((row) => row.request_id));
    expect(data.filter((row) => sent.has(row.request_id))).toMatchObject(expected);
  });

  test('L2: Retry-After is true: after it the call passes', async () => {
    const limited = await issueKey(keyward, 'bob', { limit: '2/3s' });
    // At once: one after the other may take longer than the window.
    const answers = await Promise.all([1, 2, 3].map(() => send(limited, 'GET', '/api/metadata')));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 200, 429]);
    const refused = answers.find((answer) => answer.status === 429);
    const seconds = Number(refused?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(3);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    expect((await send(limited, 'GET', '/api/metadata')).status).toBe(200);
  });

  test('R3: what another owner has is 404 on every route that takes an id, and stays as it was', async () => {
    const owner = new Visitor(keyward, [metadata, meterr]);
    const other = new Visitor(keyward, [stranger, await issueKey(keyward, 'bob', { service: 'meterr' })]);
    await owner.send('POST', '/api/metadata?collection=owned&token_id=1', { name: 'mine' });
    await owner.send('POST', '/v1/tokens', { text: 'mine', model: 'gpt-4' });
    await owner.send('POST', '/v1/usage', { provider: 'openai', model: 'gpt-4', input_tokens: 1 });
    await owner.send('POST', '/v1/teams', { name: 'mine' });
    await owner.send('POST', '/api/webhooks', { url: 'https://hooks.example.com/mine', events: [] });
    const operations = await operationsOf(keyward);
    const objects = await objectsOf(owner, operations);
    // An owner without objects would prove nothing.
    expect(objects.length).toBeGreaterThanOrEqual(5);
    const before = await snapshot(owner, operations, objects);
    const reached = await tryEverything(other, operations, objects);
    expect(reached.tried).toBeGreaterThanOrEqual(30);
    expect(reached.other).toEqual([]);
    expect(await snapshot(owner, operations, objects)).toEqual(before);
  });

  test('K7, K10: a revoked key is refused from then on', async () => {
    const doomed = await issueKey(keyward, 'bob');
    expect((await send(doomed, 'GET', '/api/metadata')).status).toBe(200);
    await keyward.cli('keys', 'revoke', doomed.id);
    await expect
      .poll(async () => (await send(doomed, 'GET', '/api/metadata')).status, {
        timeout: 20_000,
        interval: 20,
      })
      .toBe(401);
  });

  test('K11: a key’s holder learns what it may do, without spending it', async () => {
    const limited = await issueKey(keyward, 'bob', { limit: '5/1h', scopes: ['metadata:read'] });
    await send(limited, 'GET', '/api/metadata');
    for (let round = 0; round < 10; round += 1) {
      const verified = await send(limited, 'GET', '/v1/auth/verify');
      expect(await verified.json()).toMatchObject({
        valid: true,
        key: { id: limited.id, scopes: ['metadata:read'] },
        rate_limit: { limit: 5, remaining: 4 },
      });
    }
  });

  test('X5: the API describes itself, and every operation of it is reachable', async () => {
    const openApi = await keyward.fetch('/openapi.json');
    expect(openApi.headers.get('access-control-allow-origin')).toBe('*');
    const page = await keyward.fetch('/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const text = await page.text();
    expect(text).not.toMatch(/<script|https?:\/\/(?!json-schema)/);
    for (const { path } of await operationsOf(keyward)) expect(text).toContain(path);
  });

  test('A1: nothing that was printed or logged holds a key', async () => {
    const { key } = metadata;
    for (const path of [
      `/api/metadata?api_key=${key}`,
      `/${key}`,
      `/api/metadata/${encodeURIComponent(key)}`,
    ]) {
      expect(
        (await keyward.fetch(path, { headers: { 'user-agent': `curl ${key}`, 'x-request-id': key } })).ok,
      ).toBe(false);
    }
    const everything = JSON.stringify(await auditRows(keyward, {}, 10_000)) + keyward.output;
    for (const issued of [metadata, meterr, stranger])
      expect(everything).not.toContain(issued.key.slice(-20));
  });
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createClient } from './client.ts';
import { KeywardError } from './keyward-error.ts';
import { retryDelayMs } from './retry-delay.ts';

const closes: (() => void)[] = [];
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

type Step = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that answers each request by the next step, and a client of it that notes how long it would wait. */
async function scripted(...steps: Step[]) {
  const requests: IncomingMessage[] = [];
  const waits: number[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume();
    (steps[Math.min(requests.length, steps.length) - 1] as Step)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closes.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sleep = async (ms: number): Promise<void> => void waits.push(ms);
  return { client: createClient({ url, apiKey: 'sk-shop_live_secret', sleep }), requests, waits };
}

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Step =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const hangUp: Step = (request) => request.socket.destroy();

test('X4: an answer carries its data, its request id and where the caller stands', async () => {
  const { client, requests } = await scripted(
    answer(
      200,
      { id: 1 },
      {
        'x-request-id': 'r',
        'x-ratelimit-limit': '10',
        'x-ratelimit-remaining': '9',
        'x-ratelimit-reset': '1700000000',
      },
    ),
  );
  expect(await client.request('GET', '/x', { query: { a: 1, b: undefined } })).toMatchObject({
    data: { id: 1 },
    status: 200,
    requestId: 'r',
    rateLimit: { limit: 10, remaining: 9, reset: new Date(1_700_000_000_000) },
  });
  expect([requests[0]?.url, requests[0]?.headers.authorization]).toEqual([
    '/x?a=1',
    'Bearer sk-shop_live_secret',
  ]);
});

test('X4: a refusal is an error with its code, its fields and its request id, without the key', async () => {
  const { client } = await scripted(
    answer(
      422,
      { code: 'invalid_request', detail: 'No.', errors: [{ pointer: '/a', message: 'm' }] },
      { 'x-request-id': 'r' },
    ),
  );
  const error = await client.request('POST', '/x', { body: {} }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(KeywardError);
  expect(error).toMatchObject({
    status: 422,
    code: 'invalid_request',
    message: 'No.',
    errors: [{ pointer: '/a' }],
    requestId: 'r',
  });
  expect(JSON.stringify(error)).not.toContain('secret');
});

test('X4: 429 waits as long as it says and no less, then goes on', async () => {
  const { client, requests, waits } = await scripted(
    answer(429, {}, { 'retry-after': '7' }),
    answer(200, 'ok'),
  );
  expect((await client.request('GET', '/x')).data).toBe('ok');
  expect(requests).toHaveLength(2);
  expect(waits[0]).toBeGreaterThanOrEqual(7_000);
  expect(waits[0]).toBeLessThanOrEqual(8_750);
});

test('X4: all attempts at a POST carry one idempotency key', async () => {
  const { client, requests } = await scripted(hangUp, answer(503, {}), answer(201, { id: 1 }));
  expect((await client.request('POST', '/x', { body: { a: 1 } })).status).toBe(201);
  const keys = requests.map((request) => request.headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test('X4: it gives up after the last retry, with the last refusal', async () => {
  const { client, requests } = await scripted(answer(503, { code: 'overloaded' }));
  await expect(client.request('GET', '/x')).rejects.toMatchObject({ status: 503, code: 'overloaded' });
  expect(requests).toHaveLength(4);
});

test('X4: a list is read to its end', async () => {
  const { client, requests } = await scripted(
    answer(200, { data: [1, 2], next_cursor: 'c' }),
    answer(200, { data: [3], next_cursor: null }),
  );
  expect(await Array.fromAsync(client.list('/x', { query: { limit: 2 } }))).toEqual([1, 2, 3]);
  expect(requests.map((request) => request.url)).toEqual(['/x?limit=2', '/x?limit=2&cursor=c']);
});

test.each([
  [0, null, 1_000],
  [3, null, 8_000],
  [0, '30', 30_000],
  [5, '3', 32_000],
  [0, new Date(Date.UTC(2026, 0, 1, 0, 0, 20)).toUTCString(), 20_000],
  [0, 'soon', 1_000],
])('X4: attempt %i with Retry-After %s waits %i ms at least', (attempt, header, expected) => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryDelayMs(attempt, header, now, () => 0)).toBe(expected);
  expect(retryDelayMs(attempt, header, now, () => 1)).toBe(expected * 1.25);
});

test('X4: nobody waits for an hour', () => expect(retryDelayMs(0, '3600', 0)).toBeUndefined());

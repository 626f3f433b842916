import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { headersOfEveryAnswer } from './headers.ts';

let keyward: Keyward;
let key: IssuedKey;
beforeAll(async () => {
  keyward = await (await Keyward.create({ environment: { TRUSTED_PROXIES: '127.0.0.1/32' } })).start();
  await createPerson(keyward, 'ada');
  key = await issueKey(keyward, 'ada');
});
afterAll(() => keyward[Symbol.asyncDispose]());

interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

const piece = Buffer.alloc(1024 * 1024, 'x');
const chunkStart = Buffer.from(`${piece.length.toString(16)}\r\n`);
const chunkEnd = Buffer.from('\r\n');

/** Sends bytes as they are and reads the one answer. */
async function sendRaw(text: string): Promise<RawAnswer> {
  const socket = connect(Number(new URL(keyward.url).port), '127.0.0.1');
  // Half a request ends with the connection; a whole one waits for its answer.
  if (text.startsWith('POST')) socket.end(text);
  else socket.write(text);
  let received = '';
  for await (const chunk of socket) received += chunk;
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = new Headers(
    fields.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()]),
  );
  const body = rest.join('\r\n\r\n').replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, '');
  return { status: Number(line.split(' ')[1]), headers, body: JSON.parse(body) };
}

const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1`, 'Host: api.test', 'Connection: close', ...headers, '', ''].join('\r\n');

test.each([
  ['a bad request line', 'NONSENSE\r\n\r\n', 400, 'malformed_request', '-'],
  ['headers too large', get('/healthz', `X-Long: ${'a'.repeat(20_000)}`), 431, 'headers_too_large', '-'],
  ['no Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed_request', '-'],
  [
    'a Host that is none',
    'GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
    400,
    'malformed_request',
    '-',
  ],
  [
    'two Authorization headers',
    get('/api/metadata', 'Authorization: Bearer a', 'Authorization: Bearer b'),
    400,
    'conflicting_credentials',
    'GET',
  ],
  [
    'two different X-API-Key headers',
    get('/api/metadata', 'X-API-Key: a', 'X-API-Key: b'),
    400,
    'conflicting_credentials',
    'GET',
  ],
  ['a NUL in the query', get('/api/metadata?search=%00', 'X-API-Key: KEY'), 400, 'malformed_request', 'GET'],
  ['an empty segment', get('/api//metadata'), 400, 'invalid_path', 'GET'],
  ['an encoded slash', get('/api%2Fmetadata'), 400, 'invalid_path', 'GET'],
  [
    'a body that ends early',
    `POST /api/metadata HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-API-Key: KEY\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"name"`,
    400,
    'malformed_request',
    'POST',
  ],
])(
  'V2, K14, A1: %s is answered with every header and is a row of the log',
  async (_name, text, status, code, method) => {
    const sent = text.replace('KEY', key.key);
    if (sent.startsWith('POST')) return expectCutRow(sent);
    const answer = await sendRaw(sent);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    for (const [name, value] of headersOfEveryAnswer) expect(answer.headers.get(name), name).toBe(value);
    const request = `${answer.headers.get('x-request-id')}`;
    expect(await auditRows(keyward, { request })).toMatchObject([{ method, status, error_code: code }]);
  },
);

/** Whoever hangs up hears no answer; the log has what was refused all the same. */
async function expectCutRow(text: string): Promise<void> {
  await sendRaw(text).catch(() => {});
  await expect
    .poll(() => auditRows(keyward, {}, 1), { timeout: 10_000 })
    .toMatchObject([{ method: 'POST', status: 400, error_code: 'malformed_request' }]);
}

test('L4: the client is who the trusted proxy names, whatever stands further left; other headers change nothing', async () => {
  const headers = {
    'x-forwarded-for': '1.1.1.1, 203.0.113.9',
    forwarded: 'for=2.2.2.2',
    'x-real-ip': '3.3.3.3',
    'x-api-key': key.key,
  };
  const answer = await keyward.fetch('/api/metadata', { headers });
  const request = `${answer.headers.get('x-request-id')}`;
  expect(await auditRows(keyward, { request })).toMatchObject([{ ip: '203.0.113.9', status: 200 }]);
});

test('K6: a key’s address list is judged by the client’s address', async () => {
  const bound = await issueKey(keyward, 'ada', {
    more: { allowedIps: ['203.0.113.0/24', '2001:db8::/32'] },
  });
  const from = async (address: string) =>
    (
      await keyward.fetch('/api/metadata', {
        headers: { 'x-api-key': bound.key, 'x-forwarded-for': address },
      })
    ).status;
  expect(await from('203.0.113.77')).toBe(200);
  expect(await from('::ffff:203.0.113.77')).toBe(200);
  expect(await from('2001:db8:1::1')).toBe(200);
  expect(await from('203.0.114.1')).toBe(403);
  expect(await from('203.0.113.77, 198.51.100.1')).toBe(403);
});

test('V2: a client that takes its time with its headers is cut off, which is a row of the log', async () => {
  const answer = await sendRaw('GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  expect([answer.status, answer.body.code]).toEqual([408, 'request_timeout']);
  expect(await auditRows(keyward, { error: 'request_timeout' })).toMatchObject([
    { method: '-', path: '-', status: 408 },
  ]);
});

test.each([
  ['of announced length', 'Content-Length: 20971520', (piece: Buffer) => piece],
  [
    'in chunks',
    'Transfer-Encoding: chunked',
    (piece: Buffer) => Buffer.concat([chunkStart, piece, chunkEnd]),
  ],
])(
  'V2: whoever is still sending a body %s that was refused gets to its end, and reads the answer then',
  async (_name, header, framed) => {
    const socket = connect(Number(new URL(keyward.url).port), '127.0.0.1');
    const head = ['POST /api/metadata/batch HTTP/1.1', 'Host: api.test', `X-API-Key: ${key.key}`];
    socket.write([...head, 'Content-Type: application/json', header, '', ''].join('\r\n'));
    for (let sent = 0; sent < 20; sent++) {
      await new Promise<void>((resolve, reject) =>
        socket.write(framed(piece), (error) => (error ? reject(error) : resolve())),
      );
      await setTimeout(100);
    }
    if (header.startsWith('Transfer')) socket.write('0\r\n\r\n');
    // The connection serves the next request.
    socket.write(get('/healthz'));
    let received = '';
    for await (const chunk of socket) received += chunk;
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  },
);

test.each([
  ['refused before its body is read', 'sk-metadata_live_x', ['401']],
  ['that is let in', undefined, ['100', '201']],
])(
  'a request %s: whoever waits for `100 Continue` hears it only when the body is wanted',
  async (_name, wrong, statuses) => {
    const body = '{"name":"Ember"}';
    const socket = connect(Number(new URL(keyward.url).port), '127.0.0.1');
    const head = ['POST /api/metadata HTTP/1.1', 'Host: api.test', 'Content-Type: application/json'];
    const sender = [`X-API-Key: ${wrong ?? key.key}`, 'Expect: 100-continue', 'Connection: close'];
    socket.write([...head, ...sender, `Content-Length: ${body.length}`, '', ''].join('\r\n'));
    let received = '';
    for await (const chunk of socket) {
      received += chunk;
      if (received.endsWith('100 Continue\r\n\r\n')) socket.write(body);
    }
    expect([...received.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual(statuses);
  },
);

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createKey,
  createUser,
  defineService,
  isProblem,
  type Keyring,
  type LeakPolicy,
  newKeySchema,
  openKeyring,
  rootKeyFrom,
} from '@keyward/guard';
import {
  createTestDatabase,
  createTestGuard,
  type FakeClock,
  fakeClock,
  type TestDatabase,
  type TestGuard,
} from '@keyward/guard/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leaksContract } from './contract.ts';
import { leakHandlers } from './handlers.ts';

/** What GitHub publishes and signs with, on this machine. */
const github = { keys: new Map([['first', newPair()]]), isUp: true, requests: 0 };
let server: Server;
let database: TestDatabase;
let keyring: Keyring;
let clock: FakeClock;
let guard: TestGuard;

function newPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

beforeAll(async () => {
  database = await createTestDatabase();
  clock = fakeClock();
  keyring = await openKeyring(database, rootKeyFrom('root'), clock);
  const ada = { email: 'ada@example.com', name: 'Ada', role: 'user' } as const;
  await createUser(database, ada, { via: 'cli' }, clock);
  server = createServer((request, response) => {
    github.requests += 1;
    const isRight = request.method === 'GET' && request.url === '/meta/public_keys/secret_scanning';
    response.writeHead(!isRight ? 404 : github.isUp ? 200 : 500, { 'content-type': 'application/json' });
    const published = [...github.keys].map(([key_identifier, { publicKey }]) => ({
      key_identifier,
      key: publicKey.export({ format: 'pem', type: 'spki' }),
      is_current: true,
    }));
    response.end(JSON.stringify({ public_keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => {
  github.keys = new Map([['first', newPair()]]);
  github.isUp = true;
  github.requests = 0;
  setUp('revoke');
});

function setUp(policy: LeakPolicy): void {
  const { port } = server.address() as AddressInfo;
  const githubKeysUrl = `http://127.0.0.1:${port}/meta/public_keys/secret_scanning`;
  const leaks = { policy, githubKeysUrl, securityContact: undefined };
  const service = defineService({
    name: 'control',
    title: 'Control',
    scopes: {},
    contract: leaksContract,
    handlers: leakHandlers({ database, keyring, clock, leaks }),
  });
  guard = createTestGuard([service], { clock });
}

async function issue(): Promise<{ key: string; id: string }> {
  const scopes = new Map([['meterr', { 'a:b': '' }]]);
  const wanted = newKeySchema.parse({
    ...{ owner: 'ada@example.com', name: 'ci', service: 'meterr', environment: 'live', scopes: ['a:b'] },
  });
  const made = await createKey({ database, keyring, clock, scopes }, wanted, { via: 'cli' });
  if (isProblem(made)) throw new Error(JSON.stringify(made));
  return { key: made.key, id: made.row.id };
}

async function isRevoked(id: string): Promise<boolean> {
  const { rows } = await database.pool.query('SELECT revoked_at FROM api_keys WHERE id = $1', [id]);
  return rows[0].revoked_at !== null;
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return guard.send(path, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

interface Signing {
  readonly by?: string;
  readonly signature?: string;
}

function sendReport(report: unknown, { by = 'first', signature }: Signing = {}): Promise<Response> {
  const body = typeof report === 'string' ? report : JSON.stringify(report);
  const { privateKey } = github.keys.get(by) ?? newPair();
  return post('/v1/keys/leaks/github', body, {
    'Github-Public-Key-Identifier': by,
    'Github-Public-Key-Signature':
      signature ?? sign('sha256', Buffer.from(body), privateKey).toString('base64'),
  });
}

const entry = (token: string) => ({
  token,
  type: 'keyward_key',
  url: 'https://github.com/o/r/blob/c/f',
  source: 'content',
});
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const invented = `sk-meterr_live_${'A'.repeat(32)}`;

describe('K12: POST /v1/keys/revoke-leaked', () => {
  test('having a key is enough to revoke it; the answers come in order and give nothing else away', async () => {
    const { key, id } = await issue();
    const response = await post('/v1/keys/revoke-leaked', {
      keys: [invented, key],
      source: 'https://paste.example/1',
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      data: [
        { prefix: 'sk-meterr_live_AAAA', last_four: 'AAAA', result: 'unknown' },
        { prefix: key.slice(0, 19), last_four: key.slice(-4), result: 'revoked' },
      ],
    });
    expect(await isRevoked(id)).toBe(true);
    const again = await post('/v1/keys/revoke-leaked', { keys: [key] });
    expect(await again.json()).toMatchObject({ data: [{ result: 'already_dead' }] });
  });

  test('always revokes, whatever the policy for reports of others is', async () => {
    setUp('notify');
    const { key, id } = await issue();
    expect(await (await post('/v1/keys/revoke-leaked', { keys: [key] })).json()).toMatchObject({
      data: [{ result: 'revoked' }],
    });
    expect(await isRevoked(id)).toBe(true);
  });

  test('the journal names the key by its id and holds nothing of what was sent', async () => {
    const { key, id } = await issue();
    await post('/v1/keys/revoke-leaked', { keys: [key, invented] });
    expect(guard.entries.at(-1)).toMatchObject({ action: 'keys.report_leaked', objectIds: [id] });
    expect(JSON.stringify(guard.entries)).not.toContain(key.slice(-10));
  });

  test.each([
    ['none', { keys: [] }],
    ['too many', { keys: Array.from({ length: 101 }, () => invented) }],
    ['too long', { keys: ['x'.repeat(201)] }],
    ['a source that is no URL', { keys: [invented], source: 'javascript:alert(1)' }],
    ['another field', { keys: [invented], note: 'x' }],
  ])('422: %s', async (_what, body) => {
    expect((await post('/v1/keys/revoke-leaked', body)).status).toBe(422);
  });
});

describe("K12: POST /v1/keys/leaks/github, a report of GitHub's secret scanning", () => {
  test('a signed report ends the keys in it, and tells GitHub which were real, without repeating them', async () => {
    const { key, id } = await issue();
    const response = await sendReport([entry(key), entry(invented), entry('something else')]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual([
      { token_hash: sha256(key), token_type: 'keyward_key', label: 'true_positive' },
      { token_hash: sha256(invented), token_type: 'keyward_key', label: 'false_positive' },
      { token_hash: sha256('something else'), token_type: 'keyward_key', label: 'false_positive' },
    ]);
    expect(await isRevoked(id)).toBe(true);
    expect(guard.entries.at(-1)).toMatchObject({ objectIds: [id], status: 200 });
  });

  test('replayed, it changes nothing and is answered the same', async () => {
    const { key } = await issue();
    const body = JSON.stringify([entry(key), entry(key)]);
    const first = await (await sendReport(body)).json();
    const { rows: before } = await database.pool.query('SELECT count(*) FROM notifications');
    expect(await (await sendReport(body)).json()).toEqual(first);
    const { rows: after } = await database.pool.query('SELECT count(*) FROM notifications');
    expect(after).toEqual(before);
    expect(github.requests).toBe(1);
  });

  test('1,000 entries, some of them twice', async () => {
    const keys = await Promise.all(Array.from({ length: 150 }, () => issue()));
    const known = keys.flatMap(({ key }) => [entry(key), entry(key)]);
    const others = Array.from({ length: 700 }, (_, at) =>
      entry(`sk-meterr_live_${String(at).padStart(32, 'x')}`),
    );
    const answers = (await (await sendReport([...known, ...others])).json()) as { label: string }[];
    expect(answers).toHaveLength(1000);
    expect(answers.filter(({ label }) => label === 'true_positive')).toHaveLength(300);
    expect(await Promise.all(keys.map(({ id }) => isRevoked(id)))).not.toContain(false);
    expect((await sendReport(Array.from({ length: 1001 }, () => entry('x')))).status).toBe(422);
  });

  test('the policy decides what is done', async () => {
    setUp('notify');
    const { key, id } = await issue();
    expect(await (await sendReport([entry(key)])).json()).toMatchObject([{ label: 'true_positive' }]);
    expect(await isRevoked(id)).toBe(false);
  });

  test('401: altered by one byte, signed by another key, by an unknown one, or not at all; nothing is done', async () => {
    const { key, id } = await issue();
    const body = JSON.stringify([entry(key)]);
    const { privateKey } = github.keys.get('first') ?? newPair();
    const signature = sign('sha256', Buffer.from(body), privateKey).toString('base64');
    const answers = [
      await sendReport(body.replace('content', 'Content'), { signature }),
      await sendReport(`${body} `, { signature }),
      await sendReport(body, {
        signature: sign('sha256', Buffer.from(body), newPair().privateKey).toString('base64'),
      }),
      await sendReport(body, { by: 'unknown' }),
      await sendReport(body, { signature: 'x' }),
      await post('/v1/keys/leaks/github', body),
      await post('/v1/keys/leaks/github', body, { 'Github-Public-Key-Identifier': 'first' }),
      await post('/v1/keys/leaks/github', '{"no": json'),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
    expect(await answers[0]?.json()).toMatchObject({ code: 'invalid_signature' });
    expect(await isRevoked(id)).toBe(false);
    expect((await sendReport(body, { signature })).status).toBe(200);
  });

  test('a key that GitHub starts to sign with is learned within a minute', async () => {
    await sendReport([]);
    github.keys = new Map([['second', newPair()]]);
    clock.advance(60_000);
    expect((await sendReport([entry(invented)], { by: 'second' })).status).toBe(200);
    expect((await sendReport([entry(invented)], { by: 'first' })).status).toBe(401);
  });

  test('503 with Retry-After while the keys cannot be fetched, so that GitHub tries again', async () => {
    github.isUp = false;
    const { key, id } = await issue();
    const response = await sendReport([entry(key)]);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await isRevoked(id)).toBe(false);
    github.isUp = true;
    clock.advance(60_000);
    expect((await sendReport([entry(key)])).status).toBe(200);
  });

  test.each([
    ['400', '{"no": json'],
    ['400', '[{"token":"a","token":"b","type":"t"}]'],
    ['422', '{}'],
    ['422', '[{"token":"a"}]'],
    ['413', JSON.stringify([entry('x'.repeat(1_100_000))])],
  ])('%s: signed, and yet no report', async (status, body) => {
    expect(String((await sendReport(body)).status)).toBe(status);
  });

  test('415: another type of content', async () => {
    const response = await guard.send('/v1/keys/leaks/github', {
      method: 'POST',
      body: '[]',
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.status).toBe(415);
  });
});

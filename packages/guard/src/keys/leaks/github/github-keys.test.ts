import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../../testing/fake-clock.ts';
import { createGithubKeys, GithubKeysUnavailableError } from './github-keys.ts';

const pemOf = (namedCurve: string): string =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'pem', type: 'spki' }).toString();

let server: Server;
let url: string;
let clock: FakeClock;
let published: { key_identifier: string; key: string; is_current: boolean }[];
let answer: { status: number; body?: string; headers?: Record<string, string> };
let requests: number;

beforeEach(async () => {
  clock = fakeClock();
  published = [{ key_identifier: 'one', key: pemOf('P-256'), is_current: true }];
  answer = { status: 200 };
  requests = 0;
  server = createServer((request, response) => {
    requests += 1;
    const isRight = request.method === 'GET' && request.url === '/meta/public_keys/secret_scanning';
    response.writeHead(isRight ? answer.status : 404, {
      'content-type': 'application/json',
      ...answer.headers,
    });
    response.end(answer.body ?? JSON.stringify({ public_keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/meta/public_keys/secret_scanning`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("K12: GitHub's public keys", () => {
  test('are fetched when they are needed, once for all who ask at a time, and kept for an hour', async () => {
    const keys = createGithubKeys({ url, clock });
    expect(requests).toBe(0);
    const found = await Promise.all(Array.from({ length: 5 }, () => keys.find('one')));
    expect(found.every((key) => key?.asymmetricKeyType === 'ec')).toBe(true);
    clock.advance(59 * 60_000);
    await keys.find('one');
    expect(requests).toBe(1);
    clock.advance(60_001);
    await keys.find('one');
    expect(requests).toBe(2);
  });

  test('are read again for an unknown id, at most once a minute', async () => {
    const keys = createGithubKeys({ url, clock });
    await keys.find('one');
    for (let at = 0; at < 10; at += 1) expect(await keys.find(`invented-${at}`)).toBeUndefined();
    expect(requests).toBe(1);
    published.push({ key_identifier: 'two', key: pemOf('P-256'), is_current: true });
    clock.advance(60_000);
    expect(await keys.find('two')).toBeDefined();
    expect(requests).toBe(2);
  });

  test('one that GitHub withdraws is trusted for an hour at most', async () => {
    const keys = createGithubKeys({ url, clock });
    expect(await keys.find('one')).toBeDefined();
    published = [];
    clock.advance(3_600_000);
    expect(await keys.find('one')).toBeUndefined();
  });

  test('of another curve, or broken, are passed over', async () => {
    published.push({ key_identifier: 'wide', key: pemOf('P-384'), is_current: true });
    published.push({ key_identifier: 'broken', key: 'no key', is_current: true });
    const keys = createGithubKeys({ url, clock });
    expect(await keys.find('wide')).toBeUndefined();
    expect(await keys.find('broken')).toBeUndefined();
    expect(await keys.find('one')).toBeDefined();
  });

  test.each([
    ['an error', { status: 500 }],
    ['a limit', { status: 403 }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['other JSON', { status: 200, body: '{"keys":[]}' }],
    ['too much', { status: 200, body: ' '.repeat(300_000) }],
  ])(
    '%s is no answer: whether a report is genuine cannot be told, and GitHub is asked again only later',
    async (_what, given) => {
      answer = given;
      const keys = createGithubKeys({ url, clock });
      await expect(keys.find('one')).rejects.toThrow(GithubKeysUnavailableError);
      await expect(keys.find('one')).rejects.toThrow(GithubKeysUnavailableError);
      expect(requests).toBe(1);
      answer = { status: 200 };
      clock.advance(10_000);
      expect(await keys.find('one')).toBeDefined();
    },
  );

  test('while GitHub does not answer, known ones still hold and an unknown id is not called wrong', async () => {
    const keys = createGithubKeys({ url, clock });
    await keys.find('one');
    answer = { status: 503 };
    clock.advance(60_000);
    await expect(keys.find('two')).rejects.toThrow(GithubKeysUnavailableError);
    await expect(keys.find('two')).rejects.toThrow(GithubKeysUnavailableError);
    expect(await keys.find('one')).toBeDefined();
    expect(requests).toBe(2);
  });

  test('an address that nobody listens on', async () => {
    const keys = createGithubKeys({ url: 'http://127.0.0.1:1/', clock });
    await expect(keys.find('one')).rejects.toThrow(GithubKeysUnavailableError);
  });
});

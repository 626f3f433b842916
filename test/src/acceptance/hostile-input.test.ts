import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { hostileBodies, hostileValues } from './hostile-values.ts';

interface Operation {
  readonly tags: readonly ('metadata' | 'meterr' | 'control' | 'system')[];
  readonly parameters: readonly { name: string; in: string }[];
  readonly requestBody?: { content: Record<string, unknown> };
}

interface Described {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

interface Hostile {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/** On a busy machine each answer is waited for longer than it takes. */
const atOnce = 8;

let keyward: Keyward;
let keys: Record<string, IssuedKey>;
beforeAll(async () => {
  keyward = await (await Keyward.create()).start();
  await createPerson(keyward, 'ada', 'super_admin');
  keys = {
    metadata: await issueKey(keyward, 'ada', { service: 'metadata' }),
    meterr: await issueKey(keyward, 'ada', { service: 'meterr' }),
    control: await issueKey(keyward, 'ada', { service: 'control' }),
  };
  // Until the counter has read its vocabulary, for which a busy machine may keep a first answer waiting too long.
  const count = () =>
    keyward.fetch('/v1/tokens', {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.meterr?.key}`, 'content-type': 'application/json' },
      body: '{"model":"gpt-4","text":"warm"}',
    });
  await vi.waitUntil(async () => (await count()).status === 201, { timeout: 100_000 });
});
afterAll(() => keyward[Symbol.asyncDispose]());

test('V1, V2: nothing that a stranger sends to any operation is answered with an error of ours', async () => {
  const { paths } = (await (await keyward.fetch('/openapi.json')).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const ours: string[] = [];
  let refused = 0;
  const requests = allHostile(operations);
  const sendInTurn = async () => {
    for (const { method, body, ...hostile } of requests) {
      const answer = await keyward.fetch(hostile.path, { method, headers: hostile.headers, body });
      const text = await answer.text();
      if (answer.status >= 400) refused += 1;
      if (answer.status >= 500)
        ours.push(`${method} ${hostile.path.slice(0, 200)} ${body?.slice(0, 200)}: ${answer.status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sendInTurn));
  expect(ours).toEqual([]);
  expect(refused).toBeGreaterThan(1000);
  expect((await keyward.fetch('/readyz')).status).toBe(200);
}, 600_000);

function* allHostile(operations: readonly Described[]): Generator<Hostile> {
  for (const { path, method, operation } of operations) yield* hostileRequests(path, method, operation);
}

function* hostileRequests(path: string, method: string, operation: Operation): Generator<Hostile> {
  const key = keys[operation.tags[0] ?? ''];
  const type = Object.keys(operation.requestBody?.content ?? {})[0];
  const headers = {
    ...(key && { authorization: `Bearer ${key.key}` }),
    ...(type && { 'content-type': type.startsWith('multipart') ? `${type}; boundary=x` : type }),
  };
  const filled = (value: string) => path.replaceAll(/\{[a-z_]+\}/g, value);
  const body = type === undefined ? null : '{"name":"x"}';
  const plain = { method, path: filled('x'), headers, body };
  for (const value of hostileValues) {
    const encoded = encodeURIComponent(value);
    if (path.includes('{') && value !== '') yield { ...plain, path: filled(encoded) };
    for (const { name, in: place } of operation.parameters) {
      if (place === 'query') yield { ...plain, path: `${plain.path}?${name}=${encoded}` };
      // Other values cannot be sent as a header at all.
      if (place === 'header' && /^[\x20-\x7e]*$/.test(value))
        yield { ...plain, headers: { ...headers, [name]: value } };
    }
  }
  if (type !== undefined) for (const sent of hostileBodies) yield { ...plain, body: sent };
}

import { expect, test } from 'vitest';
import { z } from 'zod';
import { bytes, isProblem } from './reply.ts';
import { defineRoute, verbatimBody } from './route.ts';
import { defineService } from './service.ts';
import { createTestGuard } from './testing/test-guard.ts';

const passOn = defineRoute({
  method: 'POST',
  path: '/relay/:path{.+}',
  summary: 'Passes a request on',
  access: { kind: 'scopes', scopes: ['relay:use'] },
  limit: 'key',
  audit: { action: 'relay.call' },
  request: { params: z.strictObject({ path: z.string().max(200) }), body: verbatimBody(10) },
  responses: { 200: { description: 'What came.' } },
  errors: [],
  credentialHeader: 'x-relay-key',
});

const relay = defineService({
  name: 'relay',
  title: 'Relay',
  scopes: { 'relay:use': 'Pass requests on' },
  contract: { passOn },
  handlers: {
    async passOn({ params, body }) {
      const read = await body.bytes();
      if (isProblem(read)) return read;
      const seen = [
        params.path,
        body.path,
        body.search,
        body.headers.get('x-odd'),
        Buffer.from(read).toString('hex'),
      ];
      return bytes(200, seen.join(' '), { 'content-type': 'text/plain' });
    },
  },
});

const relayUnderTest = () => {
  const guard = createTestGuard([relay]);
  const { key } = guard.issueKey({ service: 'relay', scopes: ['relay:use'] });
  const send = (
    path: string,
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = { authorization: `Bearer ${key}` },
  ) =>
    guard.send(path, {
      method: 'POST',
      headers: { 'x-odd': 'odd', ...headers },
      body,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
  return { key, send };
};

test('a route that passes requests on gets path, query, headers and body as they came', async () => {
  const { send } = relayUnderTest();
  const response = await send('/relay/v1/a%20b:do?x=1&x=2', Buffer.from([0, 255, 10]));
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('v1/a b:do /relay/v1/a%20b:do ?x=1&x=2 odd 00ff0a');
});

test('V2: what it passes on has its bound, and a path that can be read in two ways is refused', async () => {
  const { send } = relayUnderTest();
  expect((await send('/relay/v1', 'x'.repeat(11))).status).toBe(413);
  expect((await send('/relay/v1', new Blob(['x'.repeat(11)]).stream())).status).toBe(413);
  expect((await send('/relay/v1/a%2fb', '')).status).toBe(400);
});

test('K14: the key may stand in the header that the route names, not beside another one', async () => {
  const { key, send } = relayUnderTest();
  expect((await send('/relay/v1', '', { 'x-relay-key': key })).status).toBe(200);
  const other = relayUnderTest().key;
  expect((await send('/relay/v1', '', { 'x-relay-key': key, authorization: `Bearer ${other}` })).status).toBe(
    400,
  );
  expect((await send('/relay/v1', '', { 'x-relay-key': key, 'x-api-key': other })).status).toBe(400);
});

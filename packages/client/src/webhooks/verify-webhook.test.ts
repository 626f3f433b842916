import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { InvalidWebhookError, verifyWebhook } from './verify-webhook.ts';

const key = Buffer.alloc(32, 7);
const secret = `whsec_${key.toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = '{"type":"metadata.updated","data":{"id":"1"}}';
const sentAtMs = Date.UTC(2026, 0, 1);
const at = (ms: number) => ({ now: () => sentAtMs + ms });

function headersOf(content = body, id = 'msg_1'): Record<string, string> {
  const timestamp = String(sentAtMs / 1_000);
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${content}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${digest}` };
}

test('X4: a message is taken by its secret, as text, as bytes, and from Headers', async () => {
  const verified = { id: 'msg_1', sentAt: new Date(sentAtMs), event: JSON.parse(body) as unknown };
  expect(await verifyWebhook(secret, headersOf(), body, at(0))).toEqual(verified);
  const bytes = new TextEncoder().encode(body);
  expect(await verifyWebhook(secret, new Headers(headersOf()), bytes, at(299_000))).toEqual(verified);
});

test('X4: while secrets change, either side may know both', async () => {
  await expect(verifyWebhook([other, secret], headersOf(), body, at(0))).resolves.toBeDefined();
  const headers = headersOf();
  const two = { ...headers, 'webhook-signature': `v1,${'A'.repeat(43)}= ${headers['webhook-signature']}` };
  await expect(verifyWebhook(secret, two, body, at(0))).resolves.toBeDefined();
});

test.each([
  ['another secret', other, headersOf(), body, 0],
  ['another body', secret, headersOf(), `${body} `, 0],
  ['another id', secret, { ...headersOf(), 'webhook-id': 'msg_2' }, body, 0],
  ['another time', secret, { ...headersOf(), 'webhook-timestamp': String(sentAtMs / 1_000 + 1) }, body, 0],
  ['a time that is none', secret, { ...headersOf(), 'webhook-timestamp': 'x' }, body, 0],
  ['an old message', secret, headersOf(), body, 301_000],
  ['a message from the future', secret, headersOf(), body, -301_000],
  ['no signature', secret, { ...headersOf(), 'webhook-signature': '' }, body, 0],
  ['another version', secret, { ...headersOf(), 'webhook-signature': 'v1a,abc' }, body, 0],
  ['no JSON', secret, headersOf('x'), 'x', 0],
  ['no event', secret, headersOf('{}'), '{}', 0],
  ['null', secret, headersOf('null'), 'null', 0],
])('X4: %s is refused', async (_what, by, headers, content, ms) => {
  await expect(verifyWebhook(by, headers, content, at(ms))).rejects.toThrow(InvalidWebhookError);
});

test.each(['', 'whsec_', 'whsec_short', Buffer.alloc(32).toString('base64')])(
  'X4: the secret "%s" is a mistake of the caller',
  async (wrong) => {
    await expect(verifyWebhook(wrong, headersOf(), body, at(0))).rejects.toThrow(RangeError);
  },
);

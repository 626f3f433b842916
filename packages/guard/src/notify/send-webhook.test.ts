import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { sendWebhook } from './send-webhook.ts';

async function sendTo(
  listener: RequestListener,
  { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal },
) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return await sendWebhook({
      ...{ url, headers: {}, body: '{}', privateAddressesAllowed: true },
      ...(timeoutMs !== undefined && { timeoutMs }),
      signal: signal ?? new AbortController().signal,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('M4: a receiver that does not answer in time is told apart from one that cannot be reached', async () => {
  await expect(sendTo(() => {}, { timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('M4: who stops it hears its own reason', async () => {
  const stopping = new AbortController();
  const sent = sendTo(() => stopping.abort(new Error('the node stops')), { signal: stopping.signal });
  await expect(sent).rejects.toThrow('the node stops');
});

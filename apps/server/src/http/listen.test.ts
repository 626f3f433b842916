import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from './listen.ts';

test('V2: a client that does not read its answer is cut off, and the answer is given up', async () => {
  const given = { bytes: 0, up: false };
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(64 * 1024));
        given.bytes += 64 * 1024;
      },
      cancel() {
        given.up = true;
      },
    });
  const listener = await listen(
    { handle: async () => new Response(endless()), refuseUnparsed: async () => new Response() },
    { host: '127.0.0.1', port: 0, stillMsMax: 200 },
  );
  onTestFinished(() => listener.close(0));
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await expect.poll(() => given.up).toBe(true);
  // What the kernel took on both sides; the rest was never made.
  expect(given.bytes).toBeLessThan(64 * 1024 * 1024);
});

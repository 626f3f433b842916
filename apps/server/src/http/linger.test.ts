import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type LingerOptions, linger } from './linger.ts';

/** A connection to a server that answers before it reads. */
async function connection(options: LingerOptions): Promise<Socket> {
  const server = createServer((incoming, outgoing) => {
    outgoing.once('finish', () => linger(incoming, options));
    outgoing.end('no');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

const post = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

test('V2: the rest of a refused body is dropped, and the connection goes on', async () => {
  const socket = await connection({ forMs: 60_000, bytesMax: 100_000 });
  let answers = 0;
  socket.on('data', (chunk) => (answers += `${chunk}`.split('HTTP/1.1 200').length - 1));
  for (const expected of [1, 2, 3]) {
    socket.write(post(100_000));
    await expect.poll(() => answers).toBe(expected);
    socket.write(Buffer.alloc(100_000));
  }
});

test('V2: more than so many bytes are not taken: the sender is cut off', async () => {
  const socket = await connection({ forMs: 60_000, bytesMax: 100_000 });
  socket.resume().write(post(10_000_000));
  socket.write(Buffer.alloc(10_000_000));
  await once(socket, 'close');
});

test('V2: nor is more than so long waited', async () => {
  const socket = await connection({ forMs: 50, bytesMax: 100_000 });
  socket.resume().write(post(100_000));
  await once(socket, 'close');
});

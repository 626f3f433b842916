import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openUpstream } from './upstream.ts';
import { earlyBytesMax, type UpstreamAnswer } from './upstream-answer.ts';

/** What one read of a connection brings at most. */
const readBytesMax = 64 * 1024;
const closesAtTheEnd = 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n';

/** A provider that answers the first call on each connection with what `answer` writes. */
async function provider(answer: (socket: Socket) => unknown) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream = openUpstream();
  onTestFinished(() => {
    upstream.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return upstream.call({
    ...{ method: 'GET', baseUrl: `http://127.0.0.1:${port}`, path: '/', headers: [], body: null },
  });
}

/** Writes as fast as the other side takes it in; tells when it takes no more, or has taken all. */
function writeUntilBlocked(socket: Socket, bytes: Buffer): Promise<void> {
  let taken = 0;
  const next = (): void => {
    const piece = bytes.subarray(taken, taken + readBytesMax);
    taken += piece.length;
    if (piece.length > 0) socket.write(piece, next);
  };
  next();
  return new Promise((resolve) => {
    let before = -1;
    const watch = setInterval(() => {
      if (before === taken) resolve(clearInterval(watch));
      before = taken;
    }, 200);
  });
}

/** Takes all of it in; what had come before is in `chunks` at once. */
function listenTo(answer: UpstreamAnswer) {
  const chunks: Buffer[] = [];
  const over = Promise.withResolvers<'end' | 'broken'>();
  answer.listen({
    data: (chunk) => void chunks.push(chunk),
    end: () => over.resolve('end'),
    broken: () => over.resolve('broken'),
  });
  return { chunks, over: over.promise };
}

test('T6: an answer that nobody takes in yet is held back at a bound, and comes unchanged', async () => {
  const sent = randomBytes(50_000_000);
  const blocked = Promise.withResolvers<void>();
  const answer = await provider((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${sent.length}\r\n\r\n`);
    blocked.resolve(writeUntilBlocked(socket, sent));
  });
  await blocked.promise;
  const { chunks, over } = listenTo(answer);
  // And what the connection itself had read ahead.
  expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(earlyBytesMax + 3 * readBytesMax);
  expect(await over).toBe('end');
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

test('T6: it comes on when all have let go who held it back, however often they say so', async () => {
  const sent = randomBytes(1_000_000);
  const answer = await provider((socket) => socket.write(closesAtTheEnd) && socket.end(sent));
  const holders = [{}, {}] as const;
  for (const holder of [...holders, ...holders]) answer.hold(holder);
  const { chunks, over } = listenTo(answer);
  answer.letGo(holders[0]);
  answer.letGo(holders[0]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(2 * readBytesMax);
  answer.letGo(holders[1]);
  expect(await over).toBe('end');
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  for (const holder of holders) answer.hold(holder);
  for (const holder of holders) answer.letGo(holder);
});

test('T6: a provider that breaks off while it is held back is one that broke off, and nothing more', async () => {
  const broken = Promise.withResolvers<void>();
  const answer = await provider((socket) => {
    socket.once('close', () => broken.resolve());
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9000000\r\n\r\n');
    // More than may come early, and so little more that the connection itself is still read.
    void writeUntilBlocked(socket, Buffer.alloc(earlyBytesMax + 30_000)).then(() => socket.resetAndDestroy());
  });
  await broken.promise;
  // A fault that nobody could have caught would end the node here.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await listenTo(answer).over).toBe('broken');
});

test('T6: an answer that is given up before anybody listens has broken off', async () => {
  const closed = Promise.withResolvers<void>();
  const answer = await provider((socket) => {
    socket.once('close', () => closed.resolve());
    socket.write(`${closesAtTheEnd}so far`);
  });
  answer.destroy();
  answer.destroy();
  await closed.promise;
  expect(await listenTo(answer).over).toBe('broken');
});

test('T6: headers come byte for byte as they were written, and those that came twice as both', async () => {
  const head = 'HTTP/1.1 200 OK\r\nX-Name: Zo\xeb\r\nx-name: \xc3\xab\r\ncontent-length: 0\r\n\r\n';
  const { headers } = await provider((socket) => socket.write(head, 'latin1'));
  expect(headers['x-name']).toEqual(['Zo\xeb', '\xc3\xab']);
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a client does that no HTTP library would. */
export interface RawUpload {
  readonly url: string;
  readonly key: string;
  readonly contentType: string;
  /** What the request says it has; undefined: chunked. */
  readonly contentLength?: number;
  readonly pieces: Iterable<Buffer>;
  /** Milliseconds between the pieces. */
  readonly gapMs?: number;
  /** Goes away after the last piece instead of waiting for an answer. */
  readonly goesAway?: boolean;
}

/** The status that was answered; undefined when the connection ended without. */
export async function rawUpload(upload: RawUpload): Promise<number | undefined> {
  const { hostname, port } = new URL(upload.url);
  const socket = connect(Number(port), hostname);
  // A server that has answered may end the connection while this still writes.
  socket.on('error', () => {});
  await once(socket, 'connect');
  const answer = statusOf(socket);
  const length =
    upload.contentLength === undefined
      ? 'transfer-encoding: chunked'
      : `content-length: ${upload.contentLength}`;
  const head = [
    'POST /api/media HTTP/1.1',
    `host: ${hostname}`,
    `authorization: Bearer ${upload.key}`,
    length,
  ];
  socket.write(`${[...head, `content-type: ${upload.contentType}`].join('\r\n')}\r\n\r\n`);
  for (const piece of upload.pieces) {
    if (socket.destroyed || !socket.writable) break;
    socket.write(piece);
    if (upload.gapMs !== undefined && (await Promise.race([answer, delay(upload.gapMs)])) !== undefined)
      break;
  }
  if (upload.goesAway) {
    await delay(50);
    socket.destroy();
  }
  const status = await answer;
  socket.destroy();
  return status;
}

function statusOf(socket: Socket): Promise<number | undefined> {
  let text = '';
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      if (status !== undefined && status !== '100') resolve(Number(status));
    });
    socket.on('close', () => resolve(undefined));
  });
}

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportToParent } from '../http/report-to-parent.ts';
import { chunkPauseMs, smallAnswer, streamAnswer } from './chat.ts';

// The provider: as little as speaks its protocol, so that the core it shares with the load is not what is measured.
const server = createServer((request, response) => {
  let isStream = false;
  request.on('data', (chunk: Buffer) => {
    isStream ||= chunk.includes('"stream":true');
  });
  request.once('end', () => (isStream ? streamTo(response) : answer(response)));
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () =>
  reportToParent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);

const small = Buffer.from(smallAnswer);

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': small.length }).end(small);
}

/** Each chunk by itself, as models speak: what is sent at once travels as one, the more so the busier a proxy is. */
function streamTo(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let at = 0;
  const next = (): void => {
    const piece = streamAnswer[at];
    at += 1;
    if (piece === undefined) response.end();
    else {
      response.write(piece);
      setTimeout(next, chunkPauseMs);
    }
  };
  next();
}

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Guard } from '@keyward/guard';

/** Answers what the HTTP parser refused, with the headers of every answer, and records it (A1, V2). */
export async function answerClientError(
  guard: Pick<Guard, 'refuseUnparsed'>,
  error: NodeJS.ErrnoException,
  socket: Socket,
): Promise<void> {
  const response = await guard.refuseUnparsed(codeOf(error), { address: socket.remoteAddress ?? '0.0.0.0' });
  const body = await response.text();
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`,
    ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function codeOf(error: NodeJS.ErrnoException) {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout';
    default:
      return 'malformed_request';
  }
}

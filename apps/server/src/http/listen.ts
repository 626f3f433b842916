import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Guard, Peer } from '@keyward/guard';
import { answerClientError } from './client-error.ts';
import { continueWhenRead } from './continue-when-read.ts';
import { KnownHeadersResponse } from './known-headers.ts';
import { linger } from './linger.ts';

export interface Listener {
  /** `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Takes no new connection and lets the open requests finish, at most `graceMs` long. */
  close(graceMs: number): Promise<void>;
}

const serverOptions: ServerOptions = {
  ServerResponse: KnownHeadersResponse,
  // Two Authorization headers must be seen as two, not as the first (K14).
  joinDuplicateHeaders: true,
  // Answered by the guard like every other bad request, with its headers and in the log.
  requireHostHeader: false,
  maxHeaderSize: 16 * 1024,
  // Slow clients are cut off (V2): headers within 10 s, and the whole of a 50 MiB upload within 5 minutes.
  headersTimeout: 10_000,
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 2_000,
};

export interface ListenOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** How long nothing may move on a connection in the middle of an answer. Default 11 minutes. */
  readonly stillMsMax?: number;
}

/** Longer than a provider of AI may be silent before the proxy gives it up. */
const stillMsUsual = 660_000;

/** Serves the guard over HTTP/1.1. Rejects when the address cannot be listened on. */
export async function listen(
  guard: Pick<Guard, 'handle' | 'refuseUnparsed'>,
  { host, port, stillMsMax = stillMsUsual }: ListenOptions,
): Promise<Listener> {
  // Whose request is being read. It is handed to the guard, or its line and Host header are refused, before the first
  // await, so that one is enough.
  let peer: Peer = { address: '0.0.0.0' };
  const listener = getRequestListener((request) => guard.handle(request, peer), {
    errorHandler: (error) => guard.refuseUnparsed(codeOf(error), peer, error),
    // The adapter gives a client half a second for the rest of its body.
    autoCleanupIncoming: false,
  });
  const lastAnswer = new WeakMap<Socket, ServerResponse>();
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    lastAnswer.set(incoming.socket, outgoing);
    // While the node stops, whoever is answered takes its next request elsewhere, not to be cut off in it (A2).
    if (!server.listening) outgoing.setHeader('connection', 'close');
    peer = {
      address: incoming.socket.remoteAddress ?? '0.0.0.0',
      body: incoming,
      headers: incoming.headers,
    };
    if (announcesBody(incoming))
      outgoing.once('finish', () => {
        if (!incoming.complete) linger(incoming);
      });
    void listener(incoming, outgoing);
  };
  const server = createServer(serverOptions);
  // A client that never reads would keep what it asked for, and what is behind that, for as long as it likes (V2).
  server.timeout = stillMsMax;
  server.on('request', serve);
  server.on('checkContinue', (incoming, outgoing) => {
    continueWhenRead(incoming, outgoing);
    serve(incoming, outgoing);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // An answer that is under way can only be cut off; a peer that went away sent no request.
    const isAnswering = lastAnswer.get(socket)?.writableFinished === false;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy();
    else void answerClientError(guard, error, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { url: urlOf(server, host), close: (graceMs) => close(server, graceMs) };
}

/** What the adapter could not make a request of is malformed; anything else that was thrown is our own fault. */
function codeOf(error: unknown): 'malformed_request' | 'internal_error' {
  return error instanceof RequestError ? 'malformed_request' : 'internal_error';
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Those that were in use when it began are closed when their answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}

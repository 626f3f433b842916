import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

export interface UpstreamCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** Of a streamed body, when it is known. */
  readonly bodyBytes?: number | undefined;
  readonly signal?: AbortSignal;
}

/** The provider did not answer: it could not be reached, broke off, or was silent for too long. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: 'unreachable' | 'timeout';
  constructor(kind: 'unreachable' | 'timeout', cause: unknown) {
    super(kind === 'timeout' ? 'the provider was silent for too long' : 'the provider cannot be reached', {
      cause,
    });
    this.kind = kind;
  }
}

export interface Upstream {
  /** Resolves with status and headers; redirects are answers like others. Rejects with `UpstreamError`. */
  call(call: UpstreamCall): Promise<IncomingMessage>;
  close(): void;
}

const connectWithinMs = 10_000;
/** The longest that a model may think without a byte. */
const silentMsMax = 600_000;
const socketsPerHostMax = 1_024;

/**
 * Calls providers by Node's own client on connections that are kept: the built-in fetch costs six times its CPU on
 * small answers. It follows no redirect and has no cookies.
 */
export function openUpstream(): Upstream {
  const choices = {
    keepAlive: true,
    maxSockets: socketsPerHostMax,
    scheduling: 'lifo',
    noDelay: true,
  } as const;
  const agents = { 'http:': new HttpAgent(choices), 'https:': new HttpsAgent(choices) };

  const send = (call: UpstreamCall): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const isTls = call.url.protocol === 'https:';
      const options = {
        ...{ method: call.method, headers: headersOf(call), signal: call.signal },
        agent: agents[isTls ? 'https:' : 'http:'],
      };
      const request = isTls ? httpsRequest(call.url, options) : httpRequest(call.url, options);
      const giveUp = () => request.destroy(new UpstreamError('timeout', undefined));
      request.setTimeout(silentMsMax, giveUp);
      request.once('socket', (socket) => {
        if (!socket.connecting) return;
        const timer = setTimeout(giveUp, connectWithinMs);
        socket.once('connect', () => clearTimeout(timer));
        socket.once('close', () => clearTimeout(timer));
      });
      request.once('response', resolve);
      request.once('error', (error) => reject(new SendError(error, request)));
      sendBody(request, call.body);
    });

  return {
    async call(call) {
      try {
        return await send(call);
      } catch (error) {
        if (mayBeSentAgain(error, call)) return send(call).catch(unreachable);
        return unreachable(error);
      }
    },
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

class SendError extends Error {
  readonly request: ClientRequest;
  constructor(cause: Error, request: ClientRequest) {
    super(cause.message, { cause });
    this.request = request;
  }
}

/** A kept connection that the other side closed at the moment it was used: nobody has read the request. */
function mayBeSentAgain(error: unknown, call: UpstreamCall): boolean {
  if (!(error instanceof SendError) || call.body instanceof ReadableStream) return false;
  const { code } = error.cause as NodeJS.ErrnoException;
  return error.request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

function unreachable(error: unknown): never {
  const cause = error instanceof SendError ? error.cause : error;
  throw cause instanceof UpstreamError ? cause : new UpstreamError('unreachable', cause);
}

function headersOf({ headers, body, bodyBytes }: UpstreamCall): Record<string, string> {
  if (body === null) return { ...headers };
  const length = body instanceof Uint8Array ? body.byteLength : bodyBytes;
  return length === undefined ? { ...headers } : { ...headers, 'content-length': String(length) };
}

function sendBody(request: ClientRequest, body: UpstreamCall['body']): void {
  if (!(body instanceof ReadableStream)) request.end(body ?? undefined);
  else {
    const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    source.once('error', (error) => request.destroy(error));
    source.pipe(request);
  }
}

import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { CallLife } from './call-life.ts';

export interface UpstreamCall {
  readonly method: string;
  /** Of the account, without a slash at the end. */
  readonly baseUrl: string;
  /** Behind it, as it stands in the request, query included. */
  readonly path: string;
  /** Names and values in turn, without Host and Content-Length. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** Of a streamed body, when it is known. */
  readonly bodyBytes?: number | undefined;
  readonly life?: CallLife;
}

/**
 * The provider did not answer. `unreachable`: it could not be reached or broke off; `timeout`: it was silent for too long;
 * `body`: our caller's body broke off on its way, `cause` says why.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: 'unreachable' | 'timeout' | 'body';
  constructor(kind: UpstreamError['kind'], cause: unknown) {
    super(`no answer of the provider (${kind})`, { cause });
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
  const targetOf = rememberTargets();

  const send = (call: UpstreamCall, isAgain: boolean): Promise<IncomingMessage> => {
    const target = targetOf(call.baseUrl);
    // The second time on a connection of its own: all kept ones may have been closed at once.
    const agent = isAgain ? false : agents[target.isTls ? 'https:' : 'http:'];
    const options = { ...target.options, method: call.method, path: target.path + call.path, agent };
    return sendOnce(target, { ...options, headers: headersOf(target, call) }, call);
  };

  return {
    call: (call) =>
      send(call, false).catch((error) =>
        mayBeSentAgain(error, call) ? send(call, true).catch(fail) : fail(error),
      ),
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

/** Where a base URL leads. */
interface Target {
  readonly isTls: boolean;
  readonly host: string;
  readonly options: RequestOptions;
  readonly path: string;
}

const targetsMax = 1_000;

/** Base URLs are parsed once, not with each call. */
function rememberTargets(): (baseUrl: string) => Target {
  const targets = new Map<string, Target>();
  return (baseUrl) => {
    const known = targets.get(baseUrl);
    if (known !== undefined) return known;
    const { protocol, host, hostname, port, pathname } = new URL(baseUrl);
    const target: Target = {
      isTls: protocol === 'https:',
      host,
      options: { hostname: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port }) },
      path: pathname === '/' ? '' : pathname,
    };
    if (targets.size >= targetsMax) targets.clear();
    targets.set(baseUrl, target);
    return target;
  };
}

function sendOnce(target: Target, options: RequestOptions, call: UpstreamCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = target.isTls ? httpsRequest(options) : httpRequest(options);
    const giveUp = () => request.destroy(new UpstreamError('timeout', undefined));
    request.setTimeout(silentMsMax, giveUp);
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(giveUp, connectWithinMs);
      socket.once('connect', () => clearTimeout(timer));
      socket.once('close', () => clearTimeout(timer));
    });
    request.once('response', resolve);
    // Also behind the answer: a provider may answer and close before it has read the request.
    request.on('error', (error) => reject(new SendError(error, request)));
    call.life?.onAbandon(() => request.destroy(new Error('the call was abandoned')));
    sendBody(request, call.body);
  });
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
  const isOpen = call.life?.wasAbandoned !== true;
  return isOpen && error.request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
}

function fail(error: unknown): never {
  const cause = error instanceof SendError ? error.cause : error;
  throw cause instanceof UpstreamError ? cause : new UpstreamError('unreachable', cause);
}

function headersOf(target: Target, { headers, body, bodyBytes }: UpstreamCall): string[] {
  const all = ['host', target.host, ...headers];
  const length = body instanceof ReadableStream ? bodyBytes : body?.byteLength;
  if (length !== undefined) all.push('content-length', String(length));
  else if (body !== null) all.push('transfer-encoding', 'chunked');
  return all;
}

function sendBody(request: ClientRequest, body: UpstreamCall['body']): void {
  if (!(body instanceof ReadableStream)) {
    request.end(body ?? undefined);
    return;
  }
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  source.on('error', (error) => request.destroy(new UpstreamError('body', error)));
  // What has been answered needs the rest of its body no more.
  request.once('close', () => source.destroy());
  source.pipe(request);
}

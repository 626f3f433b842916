import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { CallLife } from './call-life.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';
import { type UpstreamConnection, UpstreamConnections } from './upstream-connections.ts';
import { UpstreamExchange } from './upstream-exchange.ts';

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
  call(call: UpstreamCall): Promise<UpstreamAnswer>;
  close(): void;
}

/** The longest that a model may think without a byte. */
const silentMsMax = 600_000;
const connectWithinMs = 10_000;
/** For so long a connection is kept on which nobody calls, unless the provider says that it keeps it for less. */
const idleMsMax = 60_000;

const choices = {
  pipelining: 1,
  allowH2: false,
  connect: { timeout: connectWithinMs },
  headersTimeout: silentMsMax,
  bodyTimeout: silentMsMax,
  keepAliveTimeout: idleMsMax,
  keepAliveMaxTimeout: idleMsMax,
};

/**
 * Calls providers on connections that are kept, by the low-level client of undici: `node:http` takes half as much CPU again
 * for the whole of a small call, the built-in fetch six times as much. It follows no redirect and has no cookies.
 */
export function openUpstream(): Upstream {
  const targetOf = rememberTargets();
  return {
    async call(call) {
      const { connections, path } = await targetOf(call.baseUrl);
      const target = { connections, path: path + call.path };
      return sendOnce(target, connections.take(), call)
        .catch((error) =>
          // On a connection of its own: all kept ones may have been closed at once.
          mayBeSentAgain(error, call) ? sendOnce(target, connections.fresh(), call) : Promise.reject(error),
        )
        .catch(fail);
    },
    close: () => targetOf.close(),
  };
}

/** Where a base URL leads. */
interface Target {
  readonly connections: UpstreamConnections;
  readonly path: string;
}

const targetsMax = 1_000;

/** Base URLs are parsed once, not with each call. The client is loaded with the first: many nodes never call. */
function rememberTargets() {
  const targets = new Map<string, Promise<Target>>();
  const close = () => {
    for (const target of targets.values()) void target.then(({ connections }) => connections.close());
    targets.clear();
  };
  const make = async (baseUrl: string): Promise<Target> => {
    const { Client } = await import('undici');
    const { origin, pathname } = new URL(baseUrl);
    return {
      connections: new UpstreamConnections(() => new Client(origin, choices)),
      path: pathname === '/' ? '' : pathname,
    };
  };
  const targetOf = (baseUrl: string): Promise<Target> => {
    const known = targets.get(baseUrl);
    if (known !== undefined) return known;
    for (const oldest of targets.keys()) if (targets.size >= targetsMax) targets.delete(oldest);
    const target = make(baseUrl);
    targets.set(baseUrl, target);
    return target;
  };
  return Object.assign(targetOf, { close });
}

function sendOnce(
  { connections, path }: Target,
  connection: UpstreamConnection,
  call: UpstreamCall,
): Promise<UpstreamAnswer> {
  const { wasUsed } = connection;
  return new Promise((resolve, reject) => {
    let bodyError: UpstreamError | undefined;
    const exchange = new UpstreamExchange({
      answered: resolve,
      failed: (error) => reject(bodyError ?? new SendError(error, wasUsed)),
      over: (isWhole) => connections.giveBack(connection, isWhole),
    });
    const body = bodyOf(call, (error) => {
      bodyError = new UpstreamError('body', error);
    });
    call.life?.onAbandon(() => exchange.giveUp(new Error('the call was abandoned')));
    const method = call.method as Dispatcher.HttpMethod;
    connection.client.dispatch({ method, path, headers: headersOf(call), body }, exchange);
  });
}

class SendError extends Error {
  readonly wasUsed: boolean;
  constructor(cause: Error, wasUsed: boolean) {
    super(cause.message, { cause });
    this.wasUsed = wasUsed;
  }
}

const codeOf = ({ code }: NodeJS.ErrnoException): string => code ?? '';

/** A kept connection that the other side closed at the moment it was used: nobody has read the request. */
function mayBeSentAgain(error: unknown, call: UpstreamCall): boolean {
  if (!(error instanceof SendError) || call.body instanceof ReadableStream) return false;
  const cause = error.cause as Error;
  const hasClosed =
    /^(?:ECONNRESET|EPIPE)$/.test(codeOf(cause)) ||
    (codeOf(cause) === 'UND_ERR_SOCKET' && /^(?:other side )?closed$/.test(cause.message));
  return error.wasUsed && hasClosed && call.life?.wasAbandoned !== true;
}

function fail(error: unknown): never {
  if (error instanceof UpstreamError) throw error;
  const cause = error instanceof SendError ? (error.cause as Error) : error;
  const isTimeout = cause instanceof Error && /^UND_ERR_\w+_TIMEOUT$/.test(codeOf(cause));
  throw new UpstreamError(isTimeout ? 'timeout' : 'unreachable', cause);
}

function headersOf({ headers, body, bodyBytes }: UpstreamCall): string[] {
  const isKnown = body instanceof ReadableStream && bodyBytes !== undefined;
  return isKnown ? [...headers, 'content-length', String(bodyBytes)] : [...headers];
}

/** `onError` hears first of a caller's body that breaks off. */
function bodyOf({ body }: UpstreamCall, onError: (error: Error) => void): Uint8Array | Readable | null {
  if (!(body instanceof ReadableStream)) return body;
  const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  source.on('error', onError);
  return source;
}

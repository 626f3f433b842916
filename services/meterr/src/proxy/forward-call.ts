import type { IncomingMessage } from 'node:http';
import {
  isProblem,
  type KeyCaller,
  type Problem,
  type Reply,
  refuse,
  type VerbatimInput,
} from '@keyward/guard';
import { judgeBaseUrl, type ProviderPolicy } from '../providers/judge-base-url.ts';
import { knownProviders, type ProviderName } from '../providers/known-providers.ts';
import type { Connection, ProviderAccounts } from '../providers/provider-accounts.ts';
import type { Dialect } from './dialects/dialect.ts';
import { dialects } from './dialects/index.ts';
import { requestHeaders } from './forwarded-headers.ts';
import { passAnswer } from './pass-answer.ts';
import { type ReadRequest, readRequest } from './read-request.ts';
import { type Upstream, type UpstreamCall, UpstreamError } from './upstream.ts';
import type { UsageRecorder } from './usage-recorder.ts';

export interface ProxyDeps {
  readonly accounts: ProviderAccounts;
  readonly policy: ProviderPolicy;
  readonly upstream: Upstream;
  readonly recorder: UsageRecorder;
  /** How long an answer is read on when its caller has gone, so that what it cost is known; 0: not at all. */
  readonly drainMs: number;
}

export interface ProxyContext {
  readonly caller: KeyCaller;
  readonly requestId: string;
  readonly signal: AbortSignal;
  audited(...ids: string[]): void;
}

const unreachable = refuse('provider_unavailable', { detail: 'The provider cannot be reached.' });
const silent = refuse('provider_timeout', { detail: 'The provider did not answer in time.' });

/** Passes one call on to the caller's account at a provider, and its answer back, byte for byte (T6). */
export async function forwardCall(
  deps: ProxyDeps,
  provider: ProviderName,
  request: VerbatimInput,
  context: ProxyContext,
): Promise<Reply> {
  const connection = await connectionOf(deps, provider, context.caller);
  if (isProblem(connection)) return connection;
  context.audited(connection.accountId);
  if (!deps.recorder.hasRoom)
    return refuse('database_unavailable', {
      detail: 'What calls use cannot be recorded at the moment.',
      headers: { 'retry-after': '5' },
    });

  const path = request.path.slice(knownProviders[provider].pathPrefix.length);
  const dialect = dialects[provider];
  const read = await readBody(dialect, request, path);
  if (isProblem(read)) return read;
  const call = upstreamCall(provider, connection, request, path, read);
  // The caller's going away does not end the call: it costs, and what it costs is to be known.
  const abandon = new AbortController();
  const leaving = watchCaller(context.signal, abandon, deps.drainMs);
  let answer: IncomingMessage;
  try {
    answer = await deps.upstream.call({ ...call, signal: abandon.signal });
  } catch (error) {
    leaving.stop();
    if (!(error instanceof UpstreamError)) throw error;
    return error.kind === 'timeout' ? silent : unreachable;
  }
  const metering =
    read.isMetered && isSuccess(answer)
      ? { dialect, recording: deps.recorder.begin(context, provider, read) }
      : undefined;
  return passAnswer(answer, { metering, read, leaving });
}

async function connectionOf(
  { accounts, policy }: ProxyDeps,
  provider: ProviderName,
  caller: KeyCaller,
): Promise<Connection | Problem> {
  const connection = await accounts.connection(caller, provider);
  if (connection === undefined)
    return refuse('provider_not_connected', {
      detail: `There is no account at ${provider} for ${caller.environment} keys. Connect one: POST /v1/providers.`,
    });
  // The operator's list may have become shorter since it was connected.
  const judged = judgeBaseUrl(provider, connection.baseUrl, caller.environment, policy);
  return 'wrong' in judged
    ? refuse('provider_refused', { detail: `The account's address: ${judged.wrong}.` })
    : connection;
}

/** What goes to the provider, and whether it makes a model work. */
export interface OutgoingRequest extends ReadRequest {
  readonly isMetered: boolean;
}

async function readBody(
  dialect: Dialect,
  request: VerbatimInput,
  path: string,
): Promise<OutgoingRequest | Problem> {
  const isMetered = request.method === 'POST' && dialect.isMetered(path);
  const body = await request.bytes();
  if (isProblem(body)) return body;
  const isJson = /^application\/json\b/i.test(request.headers.get('content-type') ?? '');
  if (isMetered && isJson) return { ...readRequest(dialect, path, body), isMetered };
  const model = dialect.modelOf(path, undefined);
  return { body, model, value: undefined, wasAskedForUsage: false, isMetered };
}

function upstreamCall(
  provider: ProviderName,
  connection: Connection,
  request: VerbatimInput,
  path: string,
  read: OutgoingRequest,
): UpstreamCall {
  const credential = knownProviders[provider].keyHeader(connection.key);
  const hasBody = read.body.byteLength > 0 || request.method === 'POST';
  return {
    method: request.method,
    url: new URL(`${connection.baseUrl}${path}${request.search}`),
    headers: requestHeaders(request.headers, credential, read.wasAskedForUsage),
    body: hasBody ? read.body : null,
  };
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** What is done about a caller who goes away. */
export interface Leaving {
  /** The caller has gone: what is left of the answer is read for so long and no longer. */
  callerHasGone(): void;
  /** The call is over. */
  stop(): void;
}

function watchCaller(caller: AbortSignal, abandon: AbortController, drainMs: number): Leaving {
  let timer: NodeJS.Timeout | undefined;
  const callerHasGone = () => {
    timer ??= setTimeout(() => abandon.abort(), drainMs);
  };
  if (caller.aborted) callerHasGone();
  caller.addEventListener('abort', callerHasGone, { once: true });
  return {
    callerHasGone,
    stop() {
      clearTimeout(timer);
      caller.removeEventListener('abort', callerHasGone);
    },
  };
}

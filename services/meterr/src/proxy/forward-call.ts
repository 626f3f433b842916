import {
  type Clock,
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
import type { BodyRoom } from './body-room.ts';
import { type CallLife, callLife } from './call-life.ts';
import { callTags, tagsHeader } from './call-tags.ts';
import { dialects } from './dialects/index.ts';
import { requestHeaders } from './forwarded-headers.ts';
import { passAnswer } from './pass-answer.ts';
import { isTooLarge, type OutgoingRequest, takeRequest } from './take-request.ts';
import { type Upstream, type UpstreamCall, UpstreamError } from './upstream.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';
import type { Recording, UsageRecorder } from './usage-recorder.ts';

export interface ProxyDeps {
  readonly accounts: ProviderAccounts;
  readonly policy: ProviderPolicy;
  readonly upstream: Upstream;
  readonly recorder: UsageRecorder;
  readonly room: BodyRoom;
  readonly clock: Clock;
  /** How long an answer is read on when its caller has gone, so that what it cost is known; 0: not at all. */
  readonly drainMs: number;
}

export interface ProxyContext {
  readonly caller: KeyCaller;
  readonly requestId: string;
  readonly signal: AbortSignal;
  audited(...ids: string[]): void;
}

/** Passes one call on to the caller's account at a provider, and its answer back, byte for byte (T6). */
export async function forwardCall(
  deps: ProxyDeps,
  provider: ProviderName,
  input: VerbatimInput,
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
  const tags = callTags(input.headers.get(tagsHeader));
  if (isProblem(tags)) return tags;
  const path = input.path.slice(knownProviders[provider].pathPrefix.length);
  const about = { path, owner: context.caller.userId };
  const request = await takeRequest(deps.room, dialects[provider], input, about);
  if (isProblem(request)) return request;
  try {
    const recording = await deps.recorder.begin(context, { provider, request, tags });
    if (!isProblem(recording)) return await send(deps, context, { provider, connection, request, recording });
    request.release();
    return recording;
  } catch (error) {
    request.release();
    throw error;
  }
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

interface ReadyCall {
  readonly provider: ProviderName;
  readonly connection: Connection;
  readonly request: OutgoingRequest;
  readonly recording: Recording;
}

/** What is reserved for a call must not run out before it ends: then nobody would know what there is room for (T5). */
const marginMs = 5_000;

async function send(deps: ProxyDeps, { signal }: ProxyContext, call: ReadyCall): Promise<Reply> {
  const { provider, request, recording } = call;
  const { expiresAtMs } = recording;
  const life = callLife({
    caller: signal,
    drainMs: deps.drainMs,
    lifeMsMax: expiresAtMs === undefined ? undefined : expiresAtMs - deps.clock.now() - marginMs,
    release: request.release,
  });
  let answer: UpstreamAnswer;
  try {
    answer = await deps.upstream.call(upstreamCall(call, life));
  } catch (error) {
    life.over();
    await (life.wasAbandoned && request.isMetered ? recording.abandoned() : recording.release());
    return failureOf(error);
  }
  const { isMetered, wasAskedForUsage, method } = request;
  const isCounted = isMetered && isSuccess(answer);
  if (!isCounted) await recording.release();
  const metering = isCounted ? { dialect: dialects[provider], recording } : undefined;
  return passAnswer(answer, { metering, wasAskedForUsage, method, life });
}

function upstreamCall({ provider, connection, request }: ReadyCall, life: CallLife): UpstreamCall {
  const { method, path, search, headers, body, bodyBytes, wasAskedForUsage } = request;
  const credential = knownProviders[provider].keyHeader(connection.key);
  const isEmpty = body instanceof Uint8Array && body.byteLength === 0;
  return {
    method,
    baseUrl: connection.baseUrl,
    path: path + search,
    headers: requestHeaders(headers, credential, wasAskedForUsage),
    body: isEmpty && method !== 'POST' ? null : body,
    bodyBytes,
    life,
  };
}

function isSuccess({ status }: UpstreamAnswer): boolean {
  return status >= 200 && status < 300;
}

const failures: Readonly<Record<UpstreamError['kind'], Problem>> = {
  unreachable: refuse('provider_unavailable', { detail: 'The provider cannot be reached.' }),
  timeout: refuse('provider_timeout', { detail: 'The provider did not answer in time.' }),
  body: refuse('malformed_request', { detail: 'The body ended before it was complete.' }),
};

function failureOf(error: unknown): Problem {
  if (!(error instanceof UpstreamError)) throw error;
  if (isTooLarge(error.cause)) throw error.cause;
  return failures[error.kind];
}

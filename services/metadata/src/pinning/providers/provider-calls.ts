import { type Clock, retryAfterMs } from '@keyward/guard';
import type { z } from 'zod';
import type { TakePermit } from '../quota/take-permit.ts';
import { PinningError } from './pinning-error.ts';

export interface ProviderAccess {
  readonly token: string;
  readonly clock: Clock;
  /** Waits until one more request may be made. */
  readonly takePermit: TakePermit;
  /** How long a request without content may take. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface ProviderCall {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ReadableStream<Uint8Array>;
  /** How long it may take. Default: the access's. */
  readonly timeoutMs?: number;
  /** Statuses that are answers. Default 200 to 299. */
  readonly accepts?: readonly number[];
  readonly signal: AbortSignal;
}

export interface ProviderCalls {
  /** The answer, its body unread. Throws `PinningError`; also on a redirect, which would carry the token away. */
  send(call: ProviderCall): Promise<Response>;
  /** The answer's body by its schema; undefined for 404 when `accepts` names it. */
  json<S extends z.ZodType>(call: ProviderCall, schema: S): Promise<z.output<S> | undefined>;
  /** What a provider said, without our secret and cut. */
  words(text: string): string;
}

const defaultTimeoutMs = 30_000;
const answerBytesMax = 1024 * 1024;
const wordsMax = 300;

/** Requests to one provider: with its token, within its allowance, at most so long, and every failure by its kind. */
export function providerCalls(access: ProviderAccess): ProviderCalls {
  const { token, clock, takePermit } = access;
  const words = (text: string) =>
    text
      .replaceAll(token, '[secret]')
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, wordsMax);
  const send = async (call: ProviderCall): Promise<Response> => {
    await takePermit(call.signal);
    const limit = AbortSignal.timeout(call.timeoutMs ?? access.timeoutMs ?? defaultTimeoutMs);
    const init = {
      method: call.method,
      headers: { ...call.headers, authorization: `Bearer ${token}` },
      redirect: 'manual' as const,
      signal: AbortSignal.any([call.signal, limit]),
      ...(call.body !== undefined && { body: call.body, duplex: 'half' as const }),
    };
    let response: Response;
    try {
      response = await fetch(call.url, init);
    } catch (error) {
      throw unreachable(error, call.signal, words);
    }
    const isAnswer = call.accepts?.includes(response.status) ?? response.ok;
    if (isAnswer) return response;
    throw await refusalOf(response, clock.now(), words);
  };
  return {
    send,
    words,
    async json(call, schema) {
      const response = await send(call);
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      const parsed = schema.safeParse(jsonOf(await readText(response, call.signal, words)));
      if (parsed.success) return parsed.data;
      throw new PinningError('provider_answer', 'The provider answered something else than it documents.');
    },
  };
}

/** A failure on our side of the wire; that the node stops, or the claim was lost, is no fault of the provider. */
function unreachable(error: unknown, signal: AbortSignal, words: (text: string) => string): unknown {
  if (signal.aborted) return signal.reason;
  const { name, cause } = error as { name?: string; cause?: { code?: unknown; message?: unknown } };
  const why =
    name === 'TimeoutError' ? 'no answer in time' : String(cause?.code ?? cause?.message ?? 'no answer');
  return new PinningError('provider_unavailable', `The provider could not be reached: ${words(why)}.`);
}

async function refusalOf(
  response: Response,
  nowMs: number,
  words: (text: string) => string,
): Promise<PinningError> {
  const { status, headers } = response;
  const waitMs = retryAfterMs(headers.get('retry-after'), nowMs);
  const text = await readText(response, new AbortController().signal, words).catch(() => '');
  const said = `The provider answered ${status}: ${words(text)}`;
  if (status === 429) return new PinningError('rate_limited', said, waitMs);
  if (status === 401 || (status === 403 && !isAboutPlan(text)))
    return new PinningError('credentials_refused', said);
  if (status === 402 || status === 403 || status === 409) return new PinningError('plan_limit', said, waitMs);
  if (status === 404 || status === 410) return new PinningError('upload_lost', said);
  if (status >= 500 || status === 408 || status === 425)
    return new PinningError('provider_unavailable', said, waitMs);
  if (status >= 400) return new PinningError('content_refused', said);
  return new PinningError('provider_answer', said);
}

/** Providers answer 403 both to a key that may not do this and to a plan that is used up; only their words tell which. */
function isAboutPlan(said: string): boolean {
  return /\b(plan|quota|limits?|exceed(s|ed)?|upgrade|billing|payment|insufficient_?funds|storage)\b/i.test(
    said,
  );
}

async function readText(
  response: Response,
  signal: AbortSignal,
  words: (text: string) => string,
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of response.body ?? []) {
      bytes += piece.byteLength;
      if (bytes > answerBytesMax) throw new PinningError('provider_answer', 'The answer is too large.');
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof PinningError ? error : unreachable(error, signal, words);
  }
  return Buffer.concat(pieces).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { now } from './clock.ts';
import { type FieldError, KeywardError } from './keyward-error.ts';
import { type RateLimit, readRateLimit } from './rate-limit.ts';
import { retryDelayMs } from './retry-delay.ts';

export interface ClientOptions {
  /** Of the server, such as `https://api.example.com`. */
  readonly url: string;
  readonly apiKey: string;
  /** Attempts after the first. Default 3. */
  readonly retriesMax?: number;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
  /** Waits; default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON, or as it is when it is a FormData, a Blob or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer<Data> {
  readonly data: Data;
  readonly status: number;
  readonly headers: Headers;
  readonly requestId: string | undefined;
  readonly rateLimit: RateLimit | undefined;
}

export interface KeywardClient {
  /** One call. Repeated on 429, 503 and broken connections where repeating is safe. Throws `KeywardError` when refused. */
  request<Data = unknown>(method: string, path: string, options?: RequestOptions): Promise<Answer<Data>>;
  /** Every item of a list, page by page. */
  list<Item = unknown>(path: string, options?: RequestOptions): AsyncGenerator<Item>;
}

const safeToRepeat = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** A client of a Keyward server. The key goes into no URL and no error. */
export function createClient(options: ClientOptions): KeywardClient {
  const { retriesMax = 3, sleep = (ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)) } = options;
  const send = options.fetch ?? fetch;
  const base = options.url.replace(/\/$/, '');

  const request = async <Data>(
    method: string,
    path: string,
    wishes: RequestOptions = {},
  ): Promise<Answer<Data>> => {
    const url = base + path + queryString(wishes.query);
    const init = requestInit(method, options.apiKey, wishes);
    for (let attempt = 0; ; attempt += 1) {
      const response = await send(url, init).catch((error: unknown) => {
        if (wishes.signal?.aborted || attempt >= retriesMax || !mayRepeat(method, init.headers)) throw error;
        return undefined;
      });
      if (response?.ok) return answerOf<Data>(response);
      const delayMs =
        attempt < retriesMax && isTransient(response, method, init.headers)
          ? retryDelayMs(attempt, response?.headers.get('retry-after') ?? null, now())
          : undefined;
      if (response !== undefined && delayMs === undefined) throw await errorOf(response);
      await response?.body?.cancel();
      await sleep(delayMs ?? 1000);
    }
  };

  return {
    request,
    async *list<Item>(path: string, wishes: RequestOptions = {}) {
      let cursor: string | undefined;
      do {
        const query = { ...wishes.query, cursor };
        const { data } = await request<{ data: Item[]; next_cursor: string | null }>('GET', path, {
          ...wishes,
          query,
        });
        yield* data.data;
        cursor = data.next_cursor ?? undefined;
      } while (cursor !== undefined);
    },
  };
}

/** 429 was counted before any work was done; a 503 or a broken connection may come after it. */
function isTransient(response: Response | undefined, method: string, headers: Headers): boolean {
  if (response?.status === 429) return true;
  return (response === undefined || response.status === 503) && mayRepeat(method, headers);
}

function mayRepeat(method: string, headers: Headers): boolean {
  return safeToRepeat.has(method) || headers.has('idempotency-key');
}

function requestInit(
  method: string,
  apiKey: string,
  { body, headers, signal }: RequestOptions,
): RequestInit & { headers: Headers } {
  const asIs =
    body instanceof FormData ||
    body instanceof Blob ||
    body instanceof Uint8Array ||
    typeof body === 'string';
  const sent = new Headers(headers);
  sent.set('authorization', `Bearer ${apiKey}`);
  if (body !== undefined && !asIs && !sent.has('content-type')) sent.set('content-type', 'application/json');
  // One key for all attempts: the server makes one object of them.
  if (method === 'POST' && !sent.has('idempotency-key')) sent.set('idempotency-key', crypto.randomUUID());
  return {
    method,
    headers: sent,
    ...(signal && { signal }),
    ...(body !== undefined && {
      body: asIs ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body),
    }),
  };
}

function queryString(query: RequestOptions['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ''
    : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

async function answerOf<Data>(response: Response): Promise<Answer<Data>> {
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  const data = (isJson ? await response.json() : await response.arrayBuffer()) as Data;
  return {
    data,
    status: response.status,
    headers: response.headers,
    requestId: requestIdOf(response),
    rateLimit: readRateLimit(response.headers),
  };
}

async function errorOf(response: Response): Promise<KeywardError> {
  const problem = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    title?: string;
    errors?: FieldError[];
  };
  return new KeywardError(response.status, problem, requestIdOf(response));
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get('x-request-id') ?? undefined;
}

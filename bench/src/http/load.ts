import { orderBody } from './order.ts';

export interface LoadOptions {
  /** The whole URL that is called. */
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** In rotation: each request carries the next one. Characters up to U+00FF. */
  readonly keys: readonly string[];
  /** What each key's request says of where it is from (X-Forwarded-For), as many as keys. Default: nothing. */
  readonly addresses?: readonly string[];
  /** How long wrk waits for an answer; default 2. */
  readonly timeoutSeconds?: number;
  /** Instead of `loadBody`. */
  readonly body?: string;
  /** Instead of `loadHeaders`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadFigures {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and requests that got none. */
  readonly failures: number;
  /** Requests that got no answer. */
  readonly unanswered: number;
}

/** A program that sends requests as fast as they are answered. */
export interface LoadGenerator {
  readonly name: string;
  run(options: LoadOptions): Promise<LoadFigures>;
}

export const loadBody = orderBody;

/** What each request carries besides its key; the origin, so that CORS has something to judge. */
export const loadHeaders = {
  'content-type': 'application/json',
  origin: 'https://app.example.com',
  'user-agent': 'keyward-bench/1',
} as const;

/** What a request carries of its own. */
export function headersOf(key: string, address: string | undefined): Record<string, string> {
  return { 'x-api-key': key, ...(address === undefined ? {} : { 'x-forwarded-for': address }) };
}

import { orderBody } from './order.ts';

export interface LoadOptions {
  /** The whole URL that is called. */
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** In rotation: each request carries the next one. */
  readonly keys: readonly string[];
}

export interface LoadFigures {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and requests that got none. */
  readonly failures: number;
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

import type { ErrorCode } from './error-codes.ts';

/** What is wrong with one field. `pointer` is a JSON Pointer (RFC 6901) into the body, or `query/…`, `path/…`, `header/…`. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** A refusal, as a value. The pipeline renders it as `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly kind: 'problem';
  readonly code: ErrorCode;
  /** Public text about this occurrence. Never internal text. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer whose body is a JSON value; `undefined` sends none. */
export interface JsonAnswer {
  readonly kind: 'json';
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer of bytes; `headers` must name their `content-type`. */
export interface BytesAnswer {
  readonly kind: 'bytes';
  readonly status: number;
  readonly body: Uint8Array | ReadableStream<Uint8Array> | string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export type Reply = JsonAnswer | BytesAnswer | Problem;

const noHeaders: Readonly<Record<string, string>> = Object.freeze({});

/** Answers with a JSON body. Header names are lower-case. */
export function json(
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = noHeaders,
): JsonAnswer {
  return { kind: 'json', status, body, headers };
}

/** Answers with bytes as they are. Header names are lower-case and include `content-type`. */
export function bytes(
  status: number,
  body: BytesAnswer['body'],
  headers: Readonly<Record<string, string>>,
): BytesAnswer {
  return { kind: 'bytes', status, body, headers };
}

/** Refuses. `detail` and `errors` are public. */
export function refuse(code: ErrorCode, more: Omit<Problem, 'kind' | 'code'> = {}): Problem {
  return { kind: 'problem', code, ...more };
}

/** Narrows anything that may be a refusal. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'problem';
}

export interface FieldError {
  /** JSON Pointer into the body, or `query/…`, `path/…`, `header/…`. */
  readonly pointer: string;
  readonly message: string;
}

/** The server refused; branch on `code`. */
export class KeywardError extends Error {
  override readonly name = 'KeywardError';
  readonly status: number;
  /** Stable: see `/docs/errors` of the server. `unknown` when the answer was no problem document. */
  readonly code: string;
  readonly errors: readonly FieldError[];
  /** Names the request in the server's audit log. */
  readonly requestId: string | undefined;

  constructor(
    status: number,
    problem: { code?: string; detail?: string; title?: string; errors?: FieldError[] },
    requestId: string | undefined,
  ) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.errors = problem.errors ?? [];
    this.requestId = requestId;
  }
}

/** One line of the audit log (A1): a request that was answered, or an administrative change. */
export interface AuditEntry {
  /** UUID version 7. Unique for ever: the same entry shipped twice is one row. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly userId: string | null;
  /** The key's id, never the key. */
  readonly apiKey: string | null;
  /** `-` for what never became a request. */
  readonly method: string;
  /** Without sensitive query values. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Canonical form (L4). */
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly service: string | null;
  readonly environment: string | null;
  readonly action: string;
  readonly errorCode: string | null;
  readonly objectType: string | null;
  /** At most 100 are kept; `objectCount` says how many there were. */
  readonly objectIds: readonly string[] | null;
  readonly objectCount: number;
  readonly repeats: number;
  /** Masked by the caller. `undefined` and `null` are both stored as SQL NULL. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export const objectIdsMax = 100;

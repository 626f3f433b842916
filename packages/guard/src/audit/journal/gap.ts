import { uuidv7 } from '../../ids.ts';
import type { AuditEntry } from '../entry.ts';

/** Requests that were answered while the journal had no room for them: how many, from when to when (A2). */
export class Gap {
  readonly #nodeId: string;
  readonly #fromMs: number;
  #toMs: number;
  #requests = 0;
  #changes = 0;

  constructor(nodeId: string, nowMs: number) {
    this.#nodeId = nodeId;
    this.#fromMs = nowMs;
    this.#toMs = nowMs;
  }

  /** `isChange`: it may have changed something, which was not expected of the journal when it was let in. */
  count(nowMs: number, isChange: boolean): void {
    this.#requests += 1;
    if (isChange) this.#changes += 1;
    this.#toMs = nowMs;
  }

  /** That there is a gap. Should the process be killed in it, this is what the log knows. */
  begun(nowMs: number): AuditEntry {
    return this.#entry(nowMs, 'audit.gap_begun', { from: iso(this.#fromMs) });
  }

  /** The gap as it was in the end. */
  ended(nowMs: number): AuditEntry {
    return this.#entry(nowMs, 'audit.gap', {
      requests: this.#requests,
      changes: this.#changes,
      from: iso(this.#fromMs),
      to: iso(this.#toMs),
    });
  }

  #entry(nowMs: number, action: string, after: object): AuditEntry {
    return {
      id: uuidv7(nowMs),
      createdAt: nowMs,
      userId: null,
      apiKey: null,
      // No request of its own, like all that a node writes about itself.
      method: '-',
      path: 'journal',
      status: 503,
      durationMs: 0,
      ip: null,
      userAgent: null,
      requestId: uuidv7(nowMs),
      clientRequestId: null,
      service: null,
      environment: null,
      action,
      errorCode: 'audit_unavailable',
      objectType: 'journal',
      objectIds: [this.#nodeId],
      objectCount: 1,
      repeats: 1,
      after,
    };
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

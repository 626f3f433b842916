import type { Role } from '../access/roles.ts';
import type { Clock } from '../clock.ts';
import type { Transaction } from '../database/database.ts';
import { uuidv7 } from '../ids.ts';
import { insertEntry } from './insert-entry.ts';

/** Who made an administrative change, and by which way. */
export interface Actor {
  readonly via: 'cli' | 'api' | 'job';
  readonly userId?: string;
  /** Of a person who acts through the API. */
  readonly role?: Role;
  readonly keyId?: string;
  readonly requestId?: string;
  readonly ip?: string;
}

export interface Change {
  readonly action: string;
  readonly objectType: string;
  readonly objectIds: readonly string[];
  /** Masked; null when there was nothing before. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Writes the audit entry of a change in the transaction that makes it: both are there, or neither (A1). */
export async function recordChange(
  tx: Transaction,
  actor: Actor,
  change: Change,
  clock: Clock,
): Promise<void> {
  const now = clock.now();
  await insertEntry(tx, {
    id: uuidv7(now),
    createdAt: now,
    userId: actor.userId ?? null,
    apiKey: actor.keyId ?? null,
    // No request of its own: the one it came from, if any, is found by request_id.
    method: '-',
    path: actor.via,
    status: 200,
    durationMs: 0,
    ip: actor.ip ?? null,
    userAgent: null,
    requestId: actor.requestId ?? uuidv7(now),
    clientRequestId: null,
    service: 'control',
    environment: null,
    action: change.action,
    errorCode: null,
    objectType: change.objectType,
    objectIds: change.objectIds.slice(0, 100),
    objectCount: change.objectIds.length,
    repeats: 1,
    before: change.before,
    after: change.after,
  });
}

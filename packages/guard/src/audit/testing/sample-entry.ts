import { uuidv7 } from '../../ids.ts';
import type { AuditEntry } from '../entry.ts';

/** An ordinary entry of July 2026, with a new id. */
export function sampleEntry(changes: Partial<AuditEntry> = {}): AuditEntry {
  const createdAt = changes.createdAt ?? Date.UTC(2026, 6, 15, 12);
  return {
    id: uuidv7(createdAt),
    createdAt,
    userId: 'usr_1234567890',
    apiKey: 'key_1234567890',
    method: 'POST',
    path: '/api/metadata',
    status: 201,
    durationMs: 4,
    ip: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
    requestId: uuidv7(createdAt),
    clientRequestId: null,
    service: 'metadata',
    environment: 'live',
    action: 'metadata.create',
    errorCode: null,
    objectType: 'metadata',
    objectIds: ['md_1'],
    objectCount: 1,
    repeats: 1,
    ...changes,
  };
}

import { uuidv7 } from '@keyward/guard';

/** An entry of the audit log with a new id, as a request leaves one. */
export function entryOf(createdAt: number) {
  return {
    id: uuidv7(createdAt),
    createdAt,
    // Of a key: those of strangers would be summed (A1).
    userId: 'user-1',
    apiKey: 'key-1',
    method: 'GET',
    path: '/api/metadata',
    status: 200,
    durationMs: 1,
    ip: '203.0.113.7',
    userAgent: 'chaos',
    requestId: uuidv7(createdAt),
    clientRequestId: null,
    service: 'metadata',
    environment: 'live',
    action: 'metadata.read',
    errorCode: null,
    objectType: null,
    objectIds: null,
    objectCount: 0,
    repeats: 1,
  };
}

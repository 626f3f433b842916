import { type Journal, uuidv7 } from '@keyward/guard';

export type Entry = Parameters<Journal['append']>[0];

/** A change that somebody made at `createdAt`, milliseconds; of a hundred people and a thousand keys by its number. */
export function sampleEntry(createdAt: number, number: number): Entry {
  return {
    id: uuidv7(createdAt),
    createdAt,
    userId: `0199f3a0-7c1e-7d6a-a8de-${String(number % 100).padStart(12, '0')}`,
    apiKey: `0199f3a0-7c1e-7d6a-a8df-${String(number % 1000).padStart(12, '0')}`,
    method: 'POST',
    path: `/v1/orders/${number}`,
    status: 200,
    durationMs: 1,
    ip: '203.0.113.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    requestId: uuidv7(createdAt),
    clientRequestId: null,
    service: 'shop',
    environment: 'live',
    action: 'orders.create',
    errorCode: null,
    objectType: 'order',
    objectIds: null,
    objectCount: 1,
    repeats: 1,
  };
}

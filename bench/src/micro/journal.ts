import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Journal, openJournal, systemClock, uuidv7 } from '@keyward/guard';
import type { Operation } from './operation.ts';

const inTurn = 64;

/** An entry of the journal, durable against kill -9 when it resolves; 64 of one turn of the event loop share a write. */
export async function journalOperation(): Promise<{ operation: Operation; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-bench-journal-'));
  const journal = await openJournal({ folder });
  return {
    operation: {
      name: 'append an entry to the journal, 64 in a turn',
      times: inTurn,
      async run() {
        await Promise.all(Array.from({ length: inTurn }, () => journal.append(sampleEntry())));
      },
    },
    async close() {
      await journal.close();
      await rm(folder, { recursive: true });
    },
  };
}

function sampleEntry(): Parameters<Journal['append']>[0] {
  const now = systemClock.now();
  return {
    id: uuidv7(now),
    createdAt: now,
    userId: '0199f3a0-7c1e-7d6a-a8de-0c8d2f5e4b11',
    apiKey: '0199f3a0-7c1e-7d6a-a8de-0c8d2f5e4b12',
    method: 'POST',
    path: '/v1/orders',
    status: 200,
    durationMs: 1,
    ip: '203.0.113.7',
    userAgent: 'keyward-bench/1',
    requestId: uuidv7(now),
    clientRequestId: null,
    service: 'shop',
    environment: 'live',
    action: 'orders.create',
    errorCode: null,
    objectType: 'order',
    objectIds: null,
    objectCount: 0,
    repeats: 1,
  };
}

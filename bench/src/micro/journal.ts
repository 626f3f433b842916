import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, systemClock } from '@keyward/guard';
import { sampleEntry } from '../audit/sample-entry.ts';
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
        await Promise.all(
          Array.from({ length: inTurn }, (_, i) => journal.append(sampleEntry(systemClock.now(), i))),
        );
      },
    },
    async close() {
      await journal.close();
      await rm(folder, { recursive: true });
    },
  };
}

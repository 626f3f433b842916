import { csvLine } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { Account } from '../accounts/lock-account.ts';
import type { Position } from '../fields.ts';
import type { Decimals } from '../money.ts';
import { noCounts } from '../token-classes.ts';
import { type EventFilter, listEvents } from './list-events.ts';
import { eventAnswer } from './stored-event.ts';

export type ExportFormat = 'csv' | 'jsonl';

const rowsAtOnce = 1000;

/**
 * All events of the filter, newest first, as CSV with a header or as JSON lines. Read a thousand at a time and only as fast
 * as they are taken, so that neither memory nor a transaction grows with them.
 */
export function exportEvents(
  database: Database,
  owner: Account,
  filter: EventFilter,
  how: { readonly format: ExportFormat; readonly decimals: Decimals },
): ReadableStream<Uint8Array> {
  const pages = eachPage(database, owner, filter, how);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await pages.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await pages.return(undefined);
    },
  });
}

async function* eachPage(
  database: Database,
  owner: Account,
  filter: EventFilter,
  { format, decimals }: { readonly format: ExportFormat; readonly decimals: Decimals },
): AsyncGenerator<string> {
  let after: Position | undefined;
  let isFirst = true;
  do {
    const events = await listEvents(database, owner, filter, after, rowsAtOnce);
    const records = events.map((event) => eventAnswer(event, decimals));
    const text = records.map((record) =>
      format === 'csv' ? csvLine(Object.values(record)) : `${JSON.stringify(record)}\n`,
    );
    if (format === 'csv' && isFirst) text.unshift(csvLine(columnNames));
    isFirst = false;
    if (text.length > 0) yield text.join('');
    const last = events.at(-1);
    after =
      events.length === rowsAtOnce && last !== undefined
        ? { id: last.id, createdAt: new Date(last.occurredAtMs) }
        : undefined;
  } while (after !== undefined);
}

/** What an event is shown with, whether there is one or not. */
const columnNames = Object.keys(
  eventAnswer(
    {
      id: '',
      eventId: '',
      contentHash: Buffer.alloc(0),
      provider: '',
      model: '',
      occurredAtMs: 0,
      createdAtMs: 0,
      counts: noCounts,
      totalTokens: 0,
      totalMismatch: false,
      cost: null,
      priceId: null,
      priced: 'unpriced',
      reportedCost: null,
      tags: null,
      metadata: null,
    },
    'all',
  ),
);

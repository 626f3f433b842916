import type { Keyward } from '../product/keyward.ts';
import type { Ledger } from './ledger.ts';
import type { Load } from './load.ts';
import type { Traffic } from './traffic.ts';

/** Of one day and model. */
export interface Sum {
  tokens: number;
  events: number;
}
interface Summary {
  readonly data: readonly { date: string; by_model: Record<string, { tokens: number; events: number }> }[];
}

const resentAtOnce = 200;

/** Reads every acknowledged document again; what is missing or changed is in the ledger's `wrong` then. */
export async function readDocumentsAgain(load: Load, traffic: Traffic, keyward: Keyward): Promise<void> {
  await load.sendAll(
    load.ledger.documents.map((known) => traffic.readDocument(known)),
    keyward.url,
  );
}

/** What a client does that got no answer: it sends the event again, under the same id. */
export async function resendUnacknowledged(load: Load, traffic: Traffic, keyward: Keyward): Promise<number> {
  const unsure = [...load.ledger.events.values()].filter(({ id }) => id === undefined);
  const events = unsure.map(({ event }) => event);
  const batches = Array.from({ length: Math.ceil(events.length / resentAtOnce) }, (_, at) =>
    traffic.recordEvents(events.slice(at * resentAtOnce, (at + 1) * resentAtOnce)),
  );
  await load.sendAll(batches, keyward.url);
  return events.length;
}

/** Tokens and events by day and model, as the service sums them up. */
export async function summedByService(keyward: Keyward, key: string): Promise<Record<string, Sum>> {
  const range = `start_date=${day(-10)}&end_date=${day(1)}`;
  const answer = await keyward.fetch(`/v1/usage/summary?${range}`, { headers: { 'x-api-key': key } });
  const { data } = (await answer.json()) as Summary;
  return Object.fromEntries(
    data.flatMap(({ date, by_model }) =>
      Object.entries(by_model).map(([model, { tokens, events }]) => [`${date} ${model}`, { tokens, events }]),
    ),
  );
}

/** The same from what the clients sent: each distinct event once. */
export function summedByClients({ events }: Ledger): Record<string, Sum> {
  const sums: Record<string, Sum> = {};
  for (const { event } of events.values()) {
    const name = `${event.timestamp.slice(0, 10)} ${event.model}`;
    const sum = sums[name] ?? { tokens: 0, events: 0 };
    sums[name] = sum;
    sum.tokens += event.input_tokens + event.output_tokens;
    sum.events += 1;
  }
  return sums;
}

function day(fromToday: number): string {
  return new Date(Date.now() + fromToday * 86_400_000).toISOString().slice(0, 10);
}

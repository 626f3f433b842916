import { type KeyCaller, systemClock } from '@keyward/guard';
import { testKeyring } from '@keyward/guard/testing';
import { meterrService } from '@keyward/meterr';
import type { Bench } from '../bench.ts';
import { median } from '../medians.ts';
import { atLeast } from '../report/goal.ts';
import { contextOf, meterrCaller } from './callers.ts';
import { usageDatabase } from './usage-database.ts';

const writers = 4;
const budgets = 2;
const eventsPerBatch = 1_000;
const models = ['gpt-4o-mini', 'gpt-4o', 'gpt-4.1', 'claude-sonnet-4-5', 'gemini-2.5-flash'];

/**
 * P10: events a second through the handler of `POST /v1/usage/batch`: validated, normalised, priced, and booked with
 * rollups and budgets in one transaction.
 */
export const bench: Bench = async ({ rounds, isShort, log }) => {
  await using database = await usageDatabase();
  const meterr = meterrService({ database, clock: systemClock, keyring: testKeyring() });
  await meterr.start?.();
  const callers = Array.from({ length: writers }, (_, n) => meterrCaller(`user-${n}`, `key-${n}`));
  for (const caller of callers) for (let n = 0; n < budgets; n += 1) await createBudget(meterr, caller, n);
  const perRound = isShort ? 8_000 : 40_000;
  const rates: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const rate = await ingest(meterr, callers, perRound);
    log(`round ${round}: ${rate.toFixed(0)} events/s`);
    if (round > 0) rates.push(rate);
  }
  await meterr.stop?.();
  return {
    title: 'Taking in usage events',
    goals: [
      atLeast(
        'P10',
        'ingest in batches, rollups and budgets in the transaction, events/s',
        median(rates),
        10_000,
      ),
    ],
    paragraphs: [
      `${rounds} rounds of ${perRound} events in batches of ${eventsPerBatch} by ${writers} writers, each with ${budgets} budgets, one tag on each event; PostgreSQL ${database.version}. ${median(rates).toFixed(0)} events/s (${Math.min(...rates).toFixed(0)}..${Math.max(...rates).toFixed(0)}), Node and PostgreSQL on all cores.`,
    ],
  };
};

type Meterr = ReturnType<typeof meterrService>;

async function createBudget({ contract, handlers }: Meterr, caller: KeyCaller, n: number): Promise<void> {
  const { body, query } = contract.createBudget.request;
  const wanted = {
    name: `b${n}`,
    limit: '1000000000',
    period: n % 2 === 0 ? 'month' : 'day',
    subject: { kind: 'user' },
  };
  const input = {
    body: body.schema.parse(wanted),
    query: query.parse({}),
    params: undefined,
    headers: undefined,
  };
  mustBeCreated(await handlers.createBudget(input, contextOf(caller)));
}

async function ingest(meterr: Meterr, callers: readonly KeyCaller[], events: number): Promise<number> {
  const batchesEach = Math.ceil(events / callers.length / eventsPerBatch);
  const startMs = performance.now();
  await Promise.all(
    callers.map(async (caller) => {
      for (let n = 0; n < batchesEach; n += 1) await recordBatch(meterr, caller);
    }),
  );
  const seconds = (performance.now() - startMs) / 1_000;
  return (batchesEach * callers.length * eventsPerBatch) / seconds;
}

async function recordBatch({ contract, handlers }: Meterr, caller: KeyCaller): Promise<void> {
  const { body, query } = contract.recordUsageBatch.request;
  const input = {
    body: body.schema.parse({ events: someEvents() }),
    query: query.parse({}),
    params: undefined,
    headers: undefined,
  };
  mustBeCreated(await handlers.recordUsageBatch(input, contextOf(caller)));
}

function mustBeCreated(reply: object): void {
  if (!('status' in reply) || reply.status !== 201) throw new Error(JSON.stringify(reply).slice(0, 500));
}

function someEvents() {
  const nowMs = Date.now();
  return Array.from({ length: eventsPerBatch }, (_, n) => ({
    event_id: `${nowMs}-${n}-${Math.random()}`,
    model: models[n % models.length],
    input_tokens: 1_000 + n,
    cache_read_tokens: n % 7 === 0 ? 500 : 0,
    output_tokens: 100 + (n % 50),
    timestamp: new Date(nowMs - (n % 3_600) * 1_000).toISOString(),
    tags: { feature: `v${n % 20}` },
  }));
}

import { parseArgs } from 'node:util';
import { type KeyCaller, systemClock } from '@keyward/guard';
import { testKeyring } from '@keyward/guard/testing';
import { meterrService } from '@keyward/meterr';
import { usageDatabase } from './usage-database.ts';

// Events a second through the handler of POST /v1/usage/batch: validated, normalised, priced, and booked with rollups and
// budgets in one transaction (SPEC P10). Run: POSTGRES_URL=… node bench/src/meterr/ingest.ts [--events 200000] [--budgets 2]

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '1000' },
    writers: { type: 'string', default: '4' },
    budgets: { type: 'string', default: '2' },
    tags: { type: 'string', default: '1' },
  },
});
const [events, batch, writers, budgets, tags] = [
  values.events,
  values.batch,
  values.writers,
  values.budgets,
  values.tags,
].map(Number) as [number, number, number, number, number];
const serverUrl = process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const models = ['gpt-4o-mini', 'gpt-4o', 'gpt-4.1', 'claude-sonnet-4-5', 'gemini-2.5-flash'];

await using database = await usageDatabase(serverUrl);
const meterr = meterrService({ database, clock: systemClock, keyring: testKeyring() });
await meterr.start?.();

const callers = Array.from(
  { length: writers },
  (_, n): KeyCaller => ({
    kind: 'key',
    keyId: `key-${n}`,
    userId: `user-${n}`,
    role: 'user',
    service: 'meterr',
    environment: 'live',
    scopes: new Set(),
  }),
);
for (const caller of callers) {
  for (let n = 0; n < budgets; n += 1) {
    const body = {
      name: `b${n}`,
      limit: '1000000000',
      period: n % 2 === 0 ? 'month' : 'day',
      subject: { kind: 'user' },
    };
    await call('createBudget', caller, body);
  }
}

await run(20_000, 'warm-up');
const rounds: number[] = [];
for (let round = 0; round < 5; round += 1)
  rounds.push(await run(Math.ceil(events / 5), `round ${round + 1}`));
rounds.sort((a, b) => a - b);
console.log(
  `median ${rounds[2]?.toFixed(0)} events/s (${writers} writers, batches of ${batch}, ${budgets} budgets, ${tags} tags)`,
);
await meterr.stop?.();

async function run(count: number, name: string): Promise<number> {
  const perWriter = Math.ceil(count / writers / batch);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(
    callers.map(async (caller) => {
      for (let n = 0; n < perWriter; n += 1) await call('recordUsageBatch', caller, { events: someEvents() });
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  const used = process.cpuUsage(cpu);
  const perSecond = (perWriter * writers * batch) / seconds;
  const cpuUs = (used.user + used.system) / (perWriter * writers * batch);
  console.log(`${name}: ${perSecond.toFixed(0)} events/s, ${cpuUs.toFixed(1)} µs CPU of Node each`);
  return perSecond;
}

function someEvents() {
  const nowMs = Date.now();
  return Array.from({ length: batch }, (_, n) => ({
    event_id: `${nowMs}-${n}-${Math.random()}`,
    model: models[n % models.length],
    input_tokens: 1000 + n,
    cache_read_tokens: n % 7 === 0 ? 500 : 0,
    output_tokens: 100 + (n % 50),
    timestamp: new Date(nowMs - (n % 3600) * 1000).toISOString(),
    ...(tags > 0 && {
      tags: Object.fromEntries(Array.from({ length: tags }, (_, t) => [`tag${t}`, `v${n % 20}`])),
    }),
  }));
}

async function call(route: string, caller: KeyCaller, body: unknown): Promise<void> {
  const contract = meterr.contract as unknown as Record<
    string,
    { request: { query?: Parser; body: { schema: Parser } } }
  >;
  const { request } = contract[route] as { request: { query?: Parser; body: { schema: Parser } } };
  const handle = (
    meterr.handlers as unknown as Record<string, (input: unknown, context: unknown) => Promise<unknown>>
  )[route];
  const input = { body: request.body.schema.parse(body), query: request.query?.parse({}) };
  const reply = (await handle?.(input, {
    requestId: 'bench',
    caller,
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    audited: () => {},
  })) as { status?: number };
  if (reply.status !== 201) throw new Error(`answered ${JSON.stringify(reply).slice(0, 500)}`);
}

interface Parser {
  parse(value: unknown): unknown;
}

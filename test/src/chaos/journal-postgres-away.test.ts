import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { query } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { startPostgres, type TestPostgres } from '../services/index.ts';
import { Sequence } from './journal/sequence.ts';
import { watchMemory } from './journal/watch-memory.ts';
import { killPostgres } from './kill-postgres.ts';
import { isFullForm, patience, say, timeoutMs } from './rounds.ts';

// KEYWARD_CHAOS=full takes PostgreSQL away for ten minutes instead of six seconds.

const awayMs = isFullForm ? 600_000 : 6_000;
const clientCount = 8;
/** Much more than what the journal may hold in memory, far less than what so many entries would take. */
const growthMebibytesMax = 96;

let postgres: TestPostgres;
let keyward: Keyward;
let clients: Sequence[] = [];

beforeEach(async () => {
  postgres = await startPostgres();
}, timeoutMs);
afterEach(async () => {
  await Promise.all(clients.map((client) => client.stop()));
  await keyward[Symbol.asyncDispose]();
  await postgres.stop();
});

/** A node under the load of clients whose keys it remembers. */
async function loaded(environment: Readonly<Record<string, string>>): Promise<void> {
  keyward = await Keyward.create({
    environment: { DATABASE_URL: postgres.url, LOG_LEVEL: 'fatal', ...environment },
  });
  await keyward.start();
  await createPerson(keyward, 'ada');
  const { key } = await issueKey(keyward, 'ada', { service: 'meterr', limit: '10000000/1h' });
  const run = randomBytes(6).toString('hex');
  clients = Array.from(
    { length: clientCount },
    (_, index) => new Sequence(`away-${run}-${index}`, keyward.url, key),
  );
  await expect.poll(() => clients.every(({ statuses }) => statuses.length > 20), patience).toBe(true);
}

const answered = () => clients.reduce((sum, { statuses }) => sum + statuses.length, 0);
const counted = (status: number) => clients.reduce((sum, client) => sum + client.count(status), 0);

/** Nobody asks the node to ship: it notices that PostgreSQL is back. */
async function caughtUp(): Promise<void> {
  await postgres.start();
  await expect.poll(() => clients.every(({ statuses }) => statuses.at(-1) === 422), patience).toBe(true);
  await Promise.all(clients.map((client) => client.stop()));
  const count = () => logged().then(({ length }) => length);
  await expect.poll(count, { ...patience, interval: 500 }).toBe(answered());
}

interface Row {
  readonly client_request_id: string;
  readonly status: number;
}

/** In the order of the log. */
function logged(): Promise<Row[]> {
  return query(
    postgres.url,
    `SELECT client_request_id, status FROM audit_logs WHERE client_request_id LIKE 'away-%'
     ORDER BY created_at, length(client_request_id), client_request_id`,
  );
}

/** Every answer once, with its status, and each client's in the order in which they came. */
async function expectWholeAndInOrder(): Promise<void> {
  const rows = Map.groupBy(await logged(), ({ client_request_id: id }) => id.slice(0, id.lastIndexOf('-')));
  for (const { name, statuses } of clients) {
    const expected = statuses.map((status, index) => ({ client_request_id: `${name}-${index}`, status }));
    expect(rows.get(name)).toEqual(expected);
  }
}

test(
  'A1, A2, O6: while PostgreSQL is away keys are refused after 4 s with 503, each of it logged, in order and once, when it is back; memory stays flat',
  async () => {
    await loaded({});
    await killPostgres(postgres);
    const growth = await watchMemory(keyward.dataFolder, awayMs);
    await expect.poll(() => clients.every(({ statuses }) => statuses.at(-1) === 503), patience).toBe(true);
    const unavailable = counted(503);
    await caughtUp();
    say(`away ${awayMs} ms: ${answered()} answered, ${unavailable} of them 503, memory ${growth} MiB more`);
    expect([...new Set(clients.flatMap(({ statuses }) => statuses))].sort()).toEqual([422, 503]);
    await expectWholeAndInOrder();
    expect(growth).toBeLessThan(growthMebibytesMax);
  },
  timeoutMs,
);

test(
  'K10, A2, O6: with KEYS_WHEN_STORE_IS_AWAY=serve:15m keys that were verified go on, and nothing of it is lost; memory stays flat',
  async () => {
    await loaded({ KEYS_WHEN_STORE_IS_AWAY: 'serve:15m' });
    await killPostgres(postgres);
    const growth = await watchMemory(keyward.dataFolder, awayMs);
    await caughtUp();
    say(`away ${awayMs} ms, keys served: ${answered()} answered, memory ${growth} MiB more`);
    expect(counted(422)).toBe(answered());
    await expectWholeAndInOrder();
    expect(growth).toBeLessThan(growthMebibytesMax);
  },
  timeoutMs,
);

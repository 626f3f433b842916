import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { openJournal, shipOnce, systemClock } from '@keyward/guard';
import { guardMigrations, runMigrations } from '@keyward/guard/database';
import { startPostgres } from '@keyward/test/services';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Bench } from '../bench.ts';
import { median } from '../medians.ts';
import { atLeast, short } from '../report/goal.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { type Entry, sampleEntry } from './sample-entry.ts';

const batchEntries = 5_000;

/** P7: shipping the journal beside COPY of the same entries in batches of 5,000. */
export const bench: Bench = async ({ rounds, isShort }) => {
  const postgres = await startPostgres();
  try {
    const entryCount = isShort ? 10_000 : 100_000;
    const compared: Compared[] = [];
    for (const [name, caller] of Object.entries(callers))
      compared.push(await compare(postgres.url, { name, caller, rounds, entryCount }));
    return {
      title: 'Shipping the journal',
      goals: compared.map(({ name, ratios }) =>
        atLeast('P7', `shipping entries ${name}: of COPY into the same table`, median(ratios), 0.5),
      ),
      paragraphs: [
        `Rows per second, medians of ${rounds} rounds of ${entryCount} entries; PostgreSQL ${postgres.version}.`,
        markdownTable(
          ['entries', 'COPY', 'shipping', 'of it (min..max)'],
          compared.map(({ name, copied, shipped, ratios }) => [
            name,
            median(copied).toFixed(0),
            median(shipped).toFixed(0),
            `${short(median(ratios))} (${short(Math.min(...ratios))}..${short(Math.max(...ratios))})`,
          ]),
        ),
      ],
    };
  } finally {
    await postgres.stop();
  }
};

/** Who asks. What has no key is counted by address group, and beyond 60 a minute it is summed (A1). */
const callers: Readonly<Record<string, (i: number) => Partial<Entry>>> = {
  'with a key': () => ({}),
  'without a key, each from another address': (i) => ({
    ...nobody,
    ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  }),
  'without a key, from 50 addresses': (i) => ({ ...nobody, ip: `198.51.100.${i % 50}` }),
};

const columns = [
  ...[
    'created_at',
    'id',
    'user_id',
    'api_key',
    'method',
    'path',
    'status',
    'duration_ms',
    'ip',
    'user_agent',
  ],
  ...[
    'request_id',
    'service',
    'environment',
    'action',
    'error_code',
    'object_type',
    'object_count',
    'repeats',
  ],
];

const nobody = { userId: null, apiKey: null, environment: null, status: 401, errorCode: 'invalid_key' };

interface Compared {
  readonly name: string;
  /** Rows per second, a round each. */
  readonly copied: readonly number[];
  readonly shipped: readonly number[];
  readonly ratios: readonly number[];
}

interface Comparison {
  readonly name: string;
  readonly caller: (i: number) => Partial<Entry>;
  readonly rounds: number;
  readonly entryCount: number;
}

async function compare(
  serverUrl: string,
  { name, caller, rounds, entryCount }: Comparison,
): Promise<Compared> {
  const copied: number[] = [];
  const shipped: number[] = [];
  const ratios: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const entries = Array.from({ length: entryCount }, (_, i) => ({
      // Ten minutes of traffic.
      ...sampleEntry(systemClock.now() - 600_000 + Math.floor((i * 600_000) / entryCount), i),
      ...caller(i),
    }));
    const copy = () => onNewDatabase(serverUrl, (url) => copyRate(url, entries));
    const ship = () => onNewDatabase(serverUrl, (url) => shippingRate(url, entries));
    // Taking turns, because the second of a pair finds a warmer machine.
    const [first, second] = round % 2 === 0 ? [copy, ship] : [ship, copy];
    const [a, b] = [await first(), await second()];
    const [copyPerSecond, shipPerSecond] = round % 2 === 0 ? [a, b] : [b, a];
    if (round === 0) continue;
    copied.push(copyPerSecond);
    shipped.push(shipPerSecond);
    ratios.push(shipPerSecond / copyPerSecond);
  }
  return { name, copied, shipped, ratios };
}

async function onNewDatabase(serverUrl: string, measure: (url: string) => Promise<number>): Promise<number> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  const server = new pg.Client({ connectionString: serverUrl });
  await server.connect();
  try {
    await server.query(`CREATE DATABASE ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    await runMigrations(url.href, [guardMigrations]);
    const rate = await measure(url.href);
    await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
    // What one has left to be written is not to slow the other.
    await server.query('CHECKPOINT');
    return rate;
  } finally {
    await server.end();
  }
}

async function shippingRate(databaseUrl: string, entries: readonly Entry[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-bench-journal-'));
  try {
    const journal = await openJournal({ folder });
    for (let at = 0; at < entries.length; at += 64)
      await Promise.all(entries.slice(at, at + 64).map((entry) => journal.append(entry)));
    await journal.close();
    const from = performance.now();
    await shipOnce({ databaseUrl, folder });
    return perSecond(entries.length, from);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function copyRate(databaseUrl: string, entries: readonly Entry[]): Promise<number> {
  const lines = entries.map(copyLine);
  const batches = Array.from({ length: Math.ceil(lines.length / batchEntries) }, (_, batch) =>
    Buffer.from(lines.slice(batch * batchEntries, (batch + 1) * batchEntries).join('')),
  );
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const from = performance.now();
    for (const batch of batches) {
      const stream = client.query(copyFrom(`COPY audit_logs (${columns.join(', ')}) FROM STDIN`));
      stream.end(batch);
      await finished(stream);
    }
    return perSecond(entries.length, from);
  } finally {
    await client.end();
  }
}

function perSecond(count: number, fromMs: number): number {
  return (count / (performance.now() - fromMs)) * 1000;
}

// None of these texts holds anything that COPY would have escaped.
function copyLine(entry: Entry): string {
  const { createdAt, id, userId, apiKey, method, path, status, durationMs, ip, userAgent, requestId } = entry;
  const { service, environment, action, errorCode, objectType, objectCount, repeats } = entry;
  const fields = [
    new Date(createdAt).toISOString(),
    id,
    userId,
    apiKey,
    method,
    path,
    status,
    durationMs,
    ip,
  ];
  const more = [
    userAgent,
    requestId,
    service,
    environment,
    action,
    errorCode,
    objectType,
    objectCount,
    repeats,
  ];
  return `${[...fields, ...more].map((field) => field ?? '\\N').join('\t')}\n`;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKeyring, rootKeyFrom, startJobs } from '@keyward/guard';
import { createTestDatabase, fakeClock } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metadataService } from './service.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metadata-service-'));
  database = await createTestDatabase({
    name: 'metadata',
    folder: new URL('../migrations', import.meta.url),
  });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('O4, N3: of two nodes the queue lets one remove what has expired, and shows that it did', async () => {
  const clock = fakeClock(Date.now());
  const keyring = await openKeyring(database, rootKeyFrom('a root secret of these tests only'), clock);
  const service = () => metadataService({ database, clock, keyring, mediaFolder: join(folder, 'media') });
  const long = new Date(clock.now() - 31 * 24 * 3_600_000);
  await database.pool.query(
    `INSERT INTO collections (id, user_id, environment, name, created_at, updated_at, deleted_at)
     VALUES ('gone', 'mei', 'live', 'Gone', $1, $1, $1)`,
    [long],
  );
  const log = { info() {}, warn() {}, error() {} };
  const nodes = await Promise.all(
    [service(), service()].map(({ jobs = [] }) =>
      startJobs({
        database,
        jobs: jobs.filter(({ name }) => name === 'metadata-purge'),
        clock,
        log,
        pollMs: 100,
      }),
    ),
  );
  try {
    const left = async () => (await database.pool.query('SELECT FROM collections')).rowCount;
    await expect.poll(left).toBe(0);
    await expect
      .poll(async () => (await nodes[0]?.status())?.[0])
      .toMatchObject({ isRunning: false, failed: 0, lastError: null, lastSuccessAt: expect.any(Date) });
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM keyward_jobs.job WHERE name = 'metadata-purge'`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
});

test('K10: a person with webhooks owns something, and the service lets go of them when they are deleted', async () => {
  const clock = fakeClock();
  const keyring = {} as Parameters<typeof metadataService>[0]['keyring'];
  const service = metadataService({ database, clock, keyring, mediaFolder: folder });
  await database.pool.query(
    `INSERT INTO webhook_endpoints (id, user_id, environment, url, description, events, created_at, updated_at)
     SELECT who, who, 'live', 'https://example.com/', '', '{}', now(), now() FROM unnest('{ann,ben}'::text[]) AS who`,
  );
  const owned = (who: string) =>
    database.orm.transaction((tx) => service.owned?.(tx, who) ?? Promise.reject());
  expect(await owned('ann')).toMatchObject({ webhooks: 1 });
  await database.orm.transaction((tx) => service.forget?.(tx, 'ann') ?? Promise.reject());
  expect([await owned('ann'), await owned('ben')]).toMatchObject([{ webhooks: 0 }, { webhooks: 1 }]);
});

test('O4: work on what all nodes share is in the queue, each piece with its schedule', () => {
  const clock = fakeClock();
  const { jobs = [] } = metadataService({
    ...{ database, clock, mediaFolder: folder },
    keyring: {} as Parameters<typeof metadataService>[0]['keyring'],
  });
  const names = jobs.map(({ name }) => name);
  const shared = ['metadata-expire-uploads', 'metadata-purge', 'replicate-media', 'deliver-webhooks'];
  expect(names).toEqual(expect.arrayContaining(shared));
  expect(jobs.filter(({ schedule }) => schedule === undefined)).toEqual([]);
});

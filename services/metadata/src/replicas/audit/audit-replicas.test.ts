import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localDiskStore } from '../../media/storage/local-disk-store.ts';
import { still } from '../../media/testing/image-fixtures.ts';
import { formOf, type MediaHarness, openMediaHarness } from '../../media/testing/media-harness.ts';
import { outsideStatesOf } from '../../outside/index.ts';
import { createReplication, type Replication } from '../create-replication.ts';
import { type LoopbackImageKit, loopbackImageKit } from '../testing/loopback-imagekit.ts';
import { type S3Server, s3Server } from '../testing/s3-server.ts';

let bed: MediaHarness;
let s3: S3Server;
let imageKit: LoopbackImageKit;
let replication: Replication;
let logged: string[];

beforeEach(async () => {
  [bed, s3, imageKit] = await Promise.all([openMediaHarness(), s3Server(), loopbackImageKit()]);
  logged = [];
  await open(s3.url);
});
afterEach(async () => {
  await Promise.all([bed, s3, imageKit].map((each) => each[Symbol.asyncDispose]()));
});

/** As a start of the node with these settings. */
async function open(s3Url: string, key = imageKit.options.privateKey): Promise<void> {
  replication = createReplication({
    ...{ database: bed.database, clock: bed.clock, securityContact: 'ops@example.com' },
    local: localDiskStore(`${bed.folder}/files`),
    options: { s3Url, imageKit: { ...imageKit.options, privateKey: key } },
  });
  await replication.start();
}

async function run(name: string): Promise<void> {
  const job = replication.jobs.find((one) => one.name === name);
  const write = (...said: unknown[]) => void logged.push(JSON.stringify(said));
  const log = { info: write, warn: write, error: write };
  await job?.run(undefined, { clock: bed.clock, log, signal: new AbortController().signal });
}
const replicate = () => run('replicate-media');
const audit = () => run('audit-media-copies');

async function upload(seed: number, visibility = 'private'): Promise<void> {
  const made = await bed.upload(formOf(await still(seed).png().toBuffer()), { visibility });
  expect(made.status).toBe(201);
}

async function rows(store = 's3') {
  const found = await bed.database.pool.query(
    'SELECT sha256, state, attempts, last_error FROM media_replicas WHERE store = $1 ORDER BY sha256',
    [store],
  );
  return found.rows as { sha256: string; state: string; attempts: number; last_error: string | null }[];
}

async function mails(): Promise<string[]> {
  const found = await bed.database.pool.query(
    "SELECT content->>'subject' AS subject FROM notifications ORDER BY created_at",
  );
  return found.rows.map(({ subject }) => subject as string);
}

const readyz = () => outsideStatesOf(bed.database, { media_stores: replication.names });
const states = async (store?: string) => (await rows(store)).map(({ state }) => state);

test('N6: a copy that is as it should be is read back and stays', async () => {
  await upload(1);
  await replicate();
  await audit();
  expect([await states(), logged, await mails()]).toEqual([['stored'], [], []]);
});

test.each([
  ['missing', () => undefined, 'A copy of a media file was missing in the s3 store'],
  ['altered', () => randomBytes(100), 'A copy of a media file was altered in the s3 store'],
])(
  'N6: a copy that is %s is sent again, and operators are told once a day',
  async (found, bytes, subject) => {
    await upload(1);
    await replicate();
    const [key = ''] = await s3.keys();
    for (const _ of [1, 2]) {
      await s3.alter(key, bytes());
      await audit();
      expect(await rows()).toMatchObject([
        { state: 'waiting', attempts: 0, last_error: `read back: ${found}` },
      ]);
      await replicate();
      // A kept connection that the store has closed meanwhile is a failure, and tried again later.
      if ((await states())[0] === 'waiting') {
        bed.clock.advance(60_000);
        await replicate();
      }
      expect(await rows()).toMatchObject([{ state: 'stored' }]);
      logged.length = 0;
      await audit();
      expect([await states(), logged]).toEqual([['stored'], []]);
    }
    expect(await mails()).toEqual([subject]);
    const { rows: audits } = await bed.database.pool.query(
      "SELECT object_ids FROM audit_logs WHERE action = 'media.copy_lost'",
    );
    expect(audits).toHaveLength(2);
  },
);

test('N6: a run reads one file, and more only where one is wrong', async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) await upload(seed);
  await replicate();
  const keys = await s3.keys();
  for (const key of keys.slice(0, 5)) await s3.alter(key, undefined);
  for (
    let runs = 0;
    runs < 60 && (await states()).filter((state) => state === 'waiting').length < 5;
    runs += 1
  )
    await audit();
  expect((await states()).toSorted()).toEqual(['stored', ...Array(5).fill('waiting')]);
  await replicate();
  expect((await s3.keys()).length).toBe(6);
});

test('N6: a store that has nothing of what it should have is filled again', async () => {
  for (let seed = 1; seed <= 24; seed += 1) await upload(seed);
  await replicate();
  for (const key of await s3.keys()) await s3.alter(key, undefined);
  await audit();
  expect(new Set(await states())).toEqual(new Set(['waiting']));
  expect(await mails()).toContain('The s3 store has none of the copies of media files');
  await replicate();
  expect((await s3.keys()).length).toBe(24);
});

test('N6, O6: a store that is away proves nothing and loses nothing', async () => {
  await upload(1);
  await replicate();
  await s3.stop();
  await audit();
  expect([await states(), await mails(), await readyz()]).toEqual([['stored'], [], { media_stores: 'away' }]);
  await s3.start();
  await audit();
  expect(await readyz()).toEqual({ media_stores: 'ok' });
});

test('N6, O6: stores that refuse our credentials cost no tries, are left alone, and get all once the keys are right', async () => {
  const wrong = s3.url.replace('S3RVER:S3RVER@', 'nobody:hidden-key@');
  await open(wrong, 'private_hidden-key');
  for (const seed of [1, 2, 3]) await upload(seed, 'public');
  for (let round = 0; round < 3; round += 1) {
    await replicate();
    const asked = imageKit.requests.length;
    await replicate();
    expect(imageKit.requests.length).toBe(asked);
    bed.clock.advance(5 * 60_000);
  }
  for (const store of ['s3', 'imagekit'])
    expect((await rows(store)).map(({ state, attempts }) => [state, attempts])).toEqual(
      Array(3).fill(['waiting', 0]),
    );
  expect(await readyz()).toEqual({ media_stores: 'refused' });
  await replicate();
  await open(s3.url);
  await replicate();
  expect([await states(), await states('imagekit')]).toEqual([
    Array(3).fill('stored'),
    Array(3).fill('stored'),
  ]);
  expect(await readyz()).toEqual({ media_stores: 'ok' });
  expect(logged.join()).not.toContain('hidden-key');
});

test('N6: a key that is mended at the store itself is found out five minutes later, without a start', async () => {
  await upload(1, 'public');
  imageKit.faults.push({ status: 403 });
  await replicate();
  expect([await readyz(), await states('imagekit')]).toEqual([{ media_stores: 'refused' }, ['waiting']]);
  bed.clock.advance(5 * 60_000);
  await replicate();
  expect([await readyz(), await states('imagekit')]).toEqual([{ media_stores: 'ok' }, ['stored']]);
});

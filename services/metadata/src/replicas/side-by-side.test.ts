import { copyFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localDiskStore } from '../media/storage/local-disk-store.ts';
import { still } from '../media/testing/image-fixtures.ts';
import { formOf, type MediaHarness, openMediaHarness } from '../media/testing/media-harness.ts';
import { registerStores } from './register-stores.ts';
import type { Replica } from './replica.ts';
import { replicateMedia } from './replicate-media.ts';
import { configuredStores, openReplicas, type StoreOptions } from './store-options.ts';
import { type LoopbackImageKit, loopbackImageKit } from './testing/loopback-imagekit.ts';
import { type S3Server, s3Server } from './testing/s3-server.ts';
import { watchReplica } from './watch-replica.ts';

let bed: MediaHarness;
let s3: S3Server;
let imageKit: LoopbackImageKit;
let options: StoreOptions;
let logged: string[];

beforeEach(async () => {
  [bed, s3, imageKit] = await Promise.all([openMediaHarness(), s3Server(), loopbackImageKit()]);
  options = { s3Url: s3.url, imageKit: imageKit.options };
  logged = [];
});
afterEach(async () => {
  await Promise.all([bed, s3, imageKit].map((each) => each[Symbol.asyncDispose]()));
});

function job(open: () => Promise<readonly Replica[]> = () => openReplicas(options)) {
  const local = localDiskStore(`${bed.folder}/files`);
  return replicateMedia({ database: bed.database, local, stores: configuredStores(options), open });
}

async function pass(work = job(), signal = new AbortController().signal): Promise<void> {
  const write = (...said: unknown[]) => void logged.push(JSON.stringify(said));
  const log = { info: write, warn: write, error: write };
  await work.run(undefined, { clock: bed.clock, log, signal });
}

interface Shown {
  readonly id: string;
  readonly stores: readonly { name: string; state: string; url: string | null; detail: string | null }[];
}

async function upload(seed: number, visibility = 'private'): Promise<string> {
  const content = await still(seed).png().toBuffer();
  const made = await bed.upload(formOf(content), { visibility });
  expect(made.status).toBe(201);
  return (made.body as Shown).id;
}

async function shaOf(id = ''): Promise<string[]> {
  const { rows } = await bed.database.pool.query('SELECT sha256 FROM media WHERE id = $1', [id]);
  return rows.map(({ sha256 }) => sha256 as string);
}

async function storesOf(id: string) {
  const shown = await bed.call(bed.media.handlers.getMedia, { params: { id } });
  return Object.fromEntries((shown.body as Shown).stores.map(({ name, state }) => [name, state]));
}

/** One store whose `put` is watched and held up by the test. */
async function heldUp(
  put: (real: Replica, ...all: Parameters<Replica['put']>) => ReturnType<Replica['put']>,
) {
  const [real] = await openReplicas({ s3Url: s3.url });
  const held: Replica = { ...(real as Replica), put: (...all) => put(real as Replica, ...all) };
  return async () => [held];
}

test('O4: a transfer that takes longer than the pause before the next try is not begun a second time beside itself', async () => {
  await registerStores(bed.database, { s3Url: s3.url });
  const ids = [await upload(1), await upload(2)];
  const others = Promise.withResolvers<void>();
  const [first] = await shaOf(ids[0]);
  const begun: string[] = [];
  const open = await heldUp(async (real, item, ...rest) => {
    begun.push(item.sha256);
    if (item.sha256 === first && begun.filter((sha) => sha === first).length === 1) await others.promise;
    else bed.clock.advance(120_000);
    return real.put(item, ...rest);
  });
  const passing = pass(job(open));
  while (begun.length < 2) await delay(5);
  // The second lane is through with its own file, and looks for what is due.
  await delay(200);
  others.resolve();
  await passing;
  expect(begun.toSorted()).toEqual([...(await shaOf(ids[0])), ...(await shaOf(ids[1]))].toSorted());
  for (const id of ids) expect(await storesOf(id)).toMatchObject({ s3: 'stored' });
});

test('O4: a transfer that takes long holds up no other file, at that store or the other', async () => {
  await registerStores(bed.database, options);
  const slow = await upload(1);
  const [first] = await shaOf(slow);
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const real = await openReplicas(options);
  const held = real.map((one) => ({
    ...one,
    put: async (...all: Parameters<Replica['put']>) => {
      if (all[0].sha256 === first) {
        begun.resolve();
        await end.promise;
      }
      return one.put(...all);
    },
  }));
  const passing = pass(job(async () => held));
  await begun.promise;
  const later = await upload(2, 'public');
  const wanted = { local: 'stored', s3: 'stored', imagekit: 'stored' };
  await expect.poll(() => storesOf(later), { timeout: 20_000 }).toEqual(wanted);
  expect(await storesOf(slow)).toMatchObject({ s3: 'waiting' });
  end.resolve();
  await passing;
  expect(await storesOf(slow)).toMatchObject({ s3: 'stored' });
});

test('N6: a file that is deleted while it is being sent, beside another, does not stay there', async () => {
  await registerStores(bed.database, { s3Url: s3.url });
  const ids = [await upload(1), await upload(2)];
  const [first] = await shaOf(ids[0]);
  const open = await heldUp(async (real, item, ...rest) => {
    if (item.sha256 !== first) return real.put(item, ...rest);
    const sent = `${bed.folder}/sent`;
    await copyFile(rest[0], sent);
    await bed.call(bed.media.handlers.deleteMedia, { params: { id: ids[0] ?? '' } });
    await delay(300);
    return real.put(item, sent, rest[1]);
  });
  await pass(job(open));
  bed.clock.advance(60_000);
  await pass();
  expect((await s3.keys()).filter((key) => key.endsWith(first ?? ''))).toEqual([]);
  expect(await storesOf(ids[1] ?? '')).toMatchObject({ s3: 'stored' });
});

test('O6: that a node stops in the middle says nothing of the store', async () => {
  options = { imageKit: imageKit.options };
  await registerStores(bed.database, options);
  await upload(1, 'public');
  const stopping = new AbortController();
  const real = await openReplicas(options);
  const watched = real.map((one) =>
    watchReplica(
      {
        ...one,
        put: (item, file, signal) => {
          stopping.abort(new Error('the node stops'));
          return one.put(item, file, signal);
        },
      },
      bed.database,
      bed.clock,
    ),
  );
  await pass(
    job(async () => watched),
    stopping.signal,
  );
  expect((await bed.database.pool.query('SELECT * FROM outside_services')).rows).toEqual([]);
  expect(logged).toEqual([]);
});

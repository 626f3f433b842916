import { copyFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerStores } from './register-stores.ts';
import type { Replica } from './replica.ts';
import { openReplicas } from './store-options.ts';
import { ReplicationBed } from './testing/replication-bed.ts';
import { watchReplica } from './watch-replica.ts';

let given: ReplicationBed;
beforeEach(async () => {
  given = await ReplicationBed.open();
});
afterEach(() => given[Symbol.asyncDispose]());

async function shaOf(id = ''): Promise<string[]> {
  const { rows } = await given.media.database.pool.query('SELECT sha256 FROM media WHERE id = $1', [id]);
  return rows.map(({ sha256 }) => sha256 as string);
}

/** One store whose `put` is watched and held up by the test. */
async function heldUp(
  put: (real: Replica, ...all: Parameters<Replica['put']>) => ReturnType<Replica['put']>,
) {
  const [real] = await openReplicas({ s3Url: given.s3.url });
  const held: Replica = { ...(real as Replica), put: (...all) => put(real as Replica, ...all) };
  return async () => [held];
}

test('O4: a transfer that takes longer than the pause before the next try is not begun a second time beside itself', async () => {
  await registerStores(given.media.database, { s3Url: given.s3.url });
  const ids = [await given.upload(1), await given.upload(2)];
  const others = Promise.withResolvers<void>();
  const [first] = await shaOf(ids[0]);
  const begun: string[] = [];
  const open = await heldUp(async (real, item, ...rest) => {
    begun.push(item.sha256);
    if (item.sha256 === first && begun.filter((sha) => sha === first).length === 1) await others.promise;
    else given.media.clock.advance(120_000);
    return real.put(item, ...rest);
  });
  const passing = given.pass(given.job(open));
  while (begun.length < 2) await delay(5);
  // The second lane is through with its own file, and looks for what is due.
  await delay(200);
  others.resolve();
  await passing;
  expect(begun.toSorted()).toEqual([...(await shaOf(ids[0])), ...(await shaOf(ids[1]))].toSorted());
  for (const id of ids) expect(await given.storesOf(id)).toMatchObject({ s3: 'stored' });
});

test('O4: a transfer that takes long holds up no other file, at that store or the other', async () => {
  await registerStores(given.media.database, given.options);
  const slow = await given.upload(1);
  const [first] = await shaOf(slow);
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const real = await openReplicas(given.options);
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
  const passing = given.pass(given.job(async () => held));
  await begun.promise;
  const later = await given.upload(2, 'public');
  const wanted = { local: 'stored', s3: 'stored', imagekit: 'stored' };
  await expect.poll(() => given.storesOf(later), { timeout: 20_000 }).toEqual(wanted);
  expect(await given.storesOf(slow)).toMatchObject({ s3: 'waiting' });
  end.resolve();
  await passing;
  expect(await given.storesOf(slow)).toMatchObject({ s3: 'stored' });
});

test('N6: a file that is deleted while it is being sent, beside another, does not stay there', async () => {
  await registerStores(given.media.database, { s3Url: given.s3.url });
  const ids = [await given.upload(1), await given.upload(2)];
  const [first] = await shaOf(ids[0]);
  const open = await heldUp(async (real, item, ...rest) => {
    if (item.sha256 !== first) return real.put(item, ...rest);
    const sent = `${given.media.folder}/sent`;
    await copyFile(rest[0], sent);
    await given.media.call(given.media.media.handlers.deleteMedia, { params: { id: ids[0] ?? '' } });
    await delay(300);
    return real.put(item, sent, rest[1]);
  });
  await given.pass(given.job(open));
  given.media.clock.advance(60_000);
  await given.pass();
  expect((await given.s3.keys()).filter((key) => key.endsWith(first ?? ''))).toEqual([]);
  expect(await given.storesOf(ids[1] ?? '')).toMatchObject({ s3: 'stored' });
});

test('O6: that a node stops in the middle says nothing of the store', async () => {
  given.options = { imageKit: given.imageKit.options };
  await registerStores(given.media.database, given.options);
  await given.upload(1, 'public');
  const stopping = new AbortController();
  const real = await openReplicas(given.options);
  const watched = real.map((one) =>
    watchReplica(
      {
        ...one,
        put: (item, file, signal) => {
          stopping.abort(new Error('the node stops'));
          return one.put(item, file, signal);
        },
      },
      given.media.database,
      given.media.clock,
    ),
  );
  await given.pass(
    given.job(async () => watched),
    stopping.signal,
  );
  expect((await given.media.database.pool.query('SELECT * FROM outside_services')).rows).toEqual([]);
  expect(given.logged).toEqual([]);
});

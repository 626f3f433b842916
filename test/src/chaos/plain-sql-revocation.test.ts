import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { patience, say, timeoutMs } from './rounds.ts';
import { type SilentProxy, silentProxy } from './silent-proxy.ts';
import { type KeyAnswer, type KeyWatch, watchKey } from './watch-key.ts';

/** K10: even while a node has lost its notifications. */
const stopsWithinMs = 5_000;

// Two nodes share their limits through Redis: without one the second is refused.
describe.skipIf(inject('redisUrl') === '')('two nodes, and a key that is in use on both', () => {
  let database: Awaited<ReturnType<typeof createOwnDatabase>>;
  let proxy: SilentProxy;
  let nodes: Keyward[];

  beforeAll(async () => {
    database = await createOwnDatabase(inject('postgresUrl'));
    proxy = await silentProxy(database.url);
    const environment = {
      DATABASE_URL: database.url,
      DATABASE_DIRECT_URL: proxy.url,
      REDIS_URL: inject('redisUrl'),
      KEYWARD_SECRET: 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee',
      LOG_LEVEL: 'fatal',
    };
    nodes = await Promise.all([Keyward.create({ environment }), Keyward.create({ environment })]);
    await Promise.all(nodes.map((node) => node.start()));
    await createPerson(nodes[0] as Keyward, 'ada');
  }, timeoutMs);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await proxy[Symbol.asyncDispose]();
    await database.drop();
  });

  test.each([
    ['while all is well', () => {}],
    ['while both nodes hear of nothing and do not know it', () => proxy.fallSilent()],
  ])(
    'K10: a plain UPDATE stops the key within 5 s for good, %s, and no other key',
    async (name, before) => {
      const [doomed, living] = await Promise.all([
        issueKey(nodes[0] as Keyward, 'ada'),
        issueKey(nodes[0] as Keyward, 'ada'),
      ]);
      const watches = nodes.map(({ url }) => ({
        doomed: watchKey(url, doomed.key),
        living: watchKey(url, living.key),
      }));
      const all = watches.flatMap((watch) => [watch.doomed, watch.living]);
      await expect.poll(() => all.every(isLetIn), patience).toBe(true);
      before();
      await query(database.url, `UPDATE api_keys SET revoked_at = NOW() WHERE id = '${doomed.id}'`);
      const revokedAtMs = performance.now();
      const isUsedAfter = ({ answers }: KeyWatch) =>
        answers.some(({ sentAtMs }) => sentAtMs > revokedAtMs + stopsWithinMs + 1_000);
      await expect.poll(() => all.every(isUsedAfter), patience).toBe(true);
      await Promise.all(all.map((watch) => watch.stop()));
      proxy.speakAgain();

      const servedMs = watches.map((watch) => lastServedAtMs(watch.doomed.answers) - revokedAtMs);
      const requests = all.flatMap(({ answers }) => answers).length;
      say(
        `revocation ${name}: served for ${servedMs.map(Math.round).join(' and ')} ms more, ${requests} requests`,
      );
      for (const watch of watches) {
        const { answers } = watch.doomed;
        expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true);
        // Once refused it is never served again, and 5 s after the statement it is refused.
        const refusedAtMs =
          answers.find(({ status }) => status === 401)?.answeredAtMs ?? Number.POSITIVE_INFINITY;
        const late = Math.min(refusedAtMs, revokedAtMs + stopsWithinMs);
        const after = answers.filter(({ sentAtMs }) => sentAtMs >= late);
        expect(after.length).toBeGreaterThan(0);
        expect(after.filter(({ status }) => status !== 401)).toEqual([]);
        expect(watch.living.answers.filter(({ status }) => status !== 200)).toEqual([]);
      }
    },
    timeoutMs,
  );
});

function isLetIn({ answers }: KeyWatch): boolean {
  return answers.some(({ status }) => status === 200);
}

/** When the last request was sent that the key was let in with. */
function lastServedAtMs(answers: readonly KeyAnswer[]): number {
  return Math.max(...answers.filter(({ status }) => status === 200).map(({ sentAtMs }) => sentAtMs));
}

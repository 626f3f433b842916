import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { say, timeoutMs } from './rounds.ts';
import { type SilentProxy, silentProxy } from './silent-proxy.ts';
import { type KeyAnswer, watchKey } from './watch-key.ts';

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
      await delay(1_000);
      before();
      await query(database.url, `UPDATE api_keys SET revoked_at = NOW() WHERE id = '${doomed.id}'`);
      const revokedAtMs = performance.now();
      await delay(stopsWithinMs + 1_000);
      await Promise.all(watches.flatMap((watch) => [watch.doomed.stop(), watch.living.stop()]));
      proxy.speakAgain();

      const servedMs = watches.map((watch) => lastServedAtMs(watch.doomed.answers) - revokedAtMs);
      const requests = watches.flatMap((watch) => [...watch.doomed.answers, ...watch.living.answers]).length;
      say(
        `revocation ${name}: served for ${servedMs.map(Math.round).join(' and ')} ms more, ${requests} requests`,
      );
      for (const watch of watches) {
        const { answers } = watch.doomed;
        expect(answers.some((one) => one.status === 200 && one.answeredAtMs < revokedAtMs)).toBe(true);
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

/** When the last request was sent that the key was let in with. */
function lastServedAtMs(answers: readonly KeyAnswer[]): number {
  return Math.max(...answers.filter(({ status }) => status === 200).map(({ sentAtMs }) => sentAtMs));
}

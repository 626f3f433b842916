import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ownPgbouncer } from '../product/own-pgbouncer.ts';
import { endListening, type NodeFleet, startNodeFleet } from './node-fleet.ts';
import { goalMs, refusedWithinMs, revokeMany } from './revoke-many.ts';
import { isFullForm } from './rounds.ts';

// Two thousand revocations on a busy machine.
const timeoutMs = 1_800_000;

// Nodes share their limits through Redis: without one there are no three.
describe.skipIf(inject('redisUrl') === '')('three nodes, and keys that are in use on all of them', () => {
  let fleet: NodeFleet;
  beforeAll(async () => {
    fleet = await startNodeFleet();
  }, timeoutMs);
  afterAll(() => fleet[Symbol.asyncDispose]());

  test(
    'K10: every node refuses a revoked key, by API or by plain SQL, and no other',
    async () => {
      const revocations = await revokeMany(fleet, 'normally', isFullForm ? 2_000 : 40);
      if (isFullForm) expect(refusedWithinMs(revocations, 0.99)).toBeLessThanOrEqual(goalMs);
    },
    timeoutMs,
  );

  test(
    'K10: two nodes that hear nothing of PostgreSQL and do not know it hear of it by Redis',
    async () => {
      fleet.proxy.fallSilent();
      await revokeMany(fleet, 'notifications cut, with Redis', isFullForm ? 500 : 15).finally(
        fleet.proxy.speakAgain,
      );
    },
    timeoutMs,
  );

  test(
    'K10: while listening is ended again and again it holds within 5 s',
    async () => {
      let isEnding = true;
      const ending = (async () => {
        while (isEnding) {
          await endListening(fleet.databaseUrl);
          await delay(100);
        }
      })();
      try {
        await revokeMany(fleet, 'listening ended every 100 ms', isFullForm ? 200 : 10);
      } finally {
        isEnding = false;
        await ending;
      }
    },
    timeoutMs,
  );

  test(
    'K10: two nodes that hear nothing at all refuse it within 5 s',
    async () => {
      await fleet.silenceRedis();
      fleet.proxy.fallSilent();
      await revokeMany(fleet, 'notifications cut, without Redis', isFullForm ? 100 : 4).finally(
        fleet.proxy.speakAgain,
      );
    },
    timeoutMs,
  );
});

const pgbouncer = await ownPgbouncer();
afterAll(() => pgbouncer?.stop());

describe.skipIf(inject('redisUrl') === '' || pgbouncer === undefined)('behind PgBouncer', () => {
  test(
    'K10: every node refuses a revoked key, and no other',
    async () => {
      await using fleet = await startNodeFleet(pgbouncer?.through);
      await revokeMany(fleet, 'through PgBouncer', isFullForm ? 500 : 15);
    },
    timeoutMs,
  );
});

import { fakeClock } from '@keyward/guard/testing';
import { expect, test } from 'vitest';
import { type ReadinessDeps, readinessOf } from './readiness.ts';

function setUp(keysServedWhenAwayMs: number) {
  const clock = fakeClock();
  const state = {
    isDatabaseAway: false,
    servesStale: false,
    limits: 'ok' as 'ok' | 'local' | 'away',
    takesChanges: true,
    outside: {} as Record<string, 'ok' | 'away' | 'refused'>,
  };
  const execute = async () => {
    if (state.isDatabaseAway) throw new Error('connection refused');
  };
  const ask = () => {
    const database = { orm: { execute } } as unknown as ReadinessDeps['database'];
    const keys = { servesStale: state.servesStale };
    const limits = { state: () => state.limits };
    const journal = { takesChanges: state.takesChanges };
    const config = { keysServedWhenAwayMs };
    const services = [{}, { dependencies: async () => state.outside }];
    return readinessOf({
      ...{ database, limits, keys, journal, services, clock, config },
      isStopping: () => false,
    });
  };
  return { clock, state, ask };
}

test('O6: without its database a node is not ready', async () => {
  const { state, ask } = setUp(0);
  expect(await ask()()).toMatchObject({ isReady: true, checks: { database: 'ok', keys: 'ok' } });
  state.isDatabaseAway = true;
  expect(await ask()()).toMatchObject({ isReady: false, checks: { database: 'away' } });
});

test('K10: while keys go on without the database it is ready and says stale, and not for longer', async () => {
  const { clock, state, ask } = setUp(60_000);
  state.isDatabaseAway = true;
  state.servesStale = true;
  const early = ask();
  clock.advance(59_999);
  expect(await early()).toMatchObject({ isReady: true, checks: { database: 'away', keys: 'stale' } });
  const late = ask();
  clock.advance(60_000);
  expect(await late()).toMatchObject({ isReady: false, checks: { database: 'away' } });
});

test('L5: a node that counts limits alone is ready and says local, one that refuses is not', async () => {
  const { state, ask } = setUp(0);
  state.limits = 'local';
  expect(await ask()()).toMatchObject({ isReady: true, checks: { limits: 'local' } });
  state.limits = 'away';
  expect(await ask()()).toMatchObject({ isReady: false, checks: { limits: 'away' } });
});

test('O6: a node whose journal is short of room is ready, since reads go on, and says so', async () => {
  const { state, ask } = setUp(0);
  expect(await ask()()).toMatchObject({ isReady: true, checks: { journal: 'ok' } });
  state.takesChanges = false;
  expect(await ask()()).toMatchObject({ isReady: true, checks: { journal: 'short' } });
});

test('O6: a provider that refuses our credentials is shown, by what it is for, and the node is ready', async () => {
  const { state, ask } = setUp(60_000);
  state.outside = { pinning: 'refused', media_stores: 'ok' };
  const readiness = ask();
  const shown = { isReady: true, checks: { database: 'ok', pinning: 'refused', media_stores: 'ok' } };
  expect(await readiness()).toMatchObject(shown);
  state.isDatabaseAway = true;
  expect(await ask()()).toMatchObject({ checks: { database: 'away' } });
});

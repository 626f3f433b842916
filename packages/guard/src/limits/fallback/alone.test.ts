import { expect, test } from 'vitest';
import { fakeClock } from '../../testing/fake-clock.ts';
import type { LeaseBank } from '../leases/lease-bank.ts';
import { leasedLimits } from '../leases/leased-limits.ts';
import { ModelBank } from '../leases/testing/model-bank.ts';
import { Simulation } from '../leases/testing/simulation.ts';
import { LimitStoreUnavailableError } from '../limit-store.ts';
import { limitStoreConformance } from '../testing/conformance.ts';
import type { LimitState } from './bank-watch.ts';

const away = () => Promise.reject(new LimitStoreUnavailableError('away'));
const awayBank: LeaseBank = {
  ...{ lease: away, giveBack: away, beat: away, leave: away },
  recall: () => {},
  onRecall: () => {},
};
const forEver = () => new Promise<void>(() => {});

limitStoreConformance('alone', async () => {
  const clock = fakeClock();
  const store = leasedLimits({ bank: awayBank, clock, pause: forEver });
  return { store, advance: clock.advance, nowMs: clock.now, close: () => store.close() };
});

const hour = { limit: 1_000, windowMs: 3_600_000 };

/** Nodes at a bank that answers after 1 ms, and know of each other. */
async function openNodes(count: number, options: { leasesMax?: number; whenAway?: 'local' | 'refuse' } = {}) {
  const simulation = new Simulation();
  const bank = new ModelBank(simulation, () => 1);
  const changes: LimitState[] = [];
  const stores = Array.from({ length: count }, (_, at) =>
    leasedLimits({
      ...{ bank: bank.of(`${at}`), clock: simulation.clock(0) },
      ...{ sleep: simulation.sleep, pause: simulation.sleep, onChange: (state) => changes.push(state) },
      ...options,
    }),
  );
  const pass = (ms: number) => simulation.run(simulation.elapsedMs + ms);
  await pass(5_000);
  const take = async (at: number, key: string, permits = 1) => {
    const call = async () => stores[at]?.take([{ key, windows: [hour] }], permits);
    const taking = call().catch((error: unknown) => error);
    await pass(5);
    return taking;
  };
  const goAway = async () => {
    bank.setAway(true);
    await take(0, 'whatever');
  };
  return { simulation, bank, changes, stores, pass, take, goAway };
}

test('L5: alone a node gives its share of a limit, less what it has given before, and tells the wait', async () => {
  const { take, goAway } = await openNodes(2);
  await take(0, 'a', 300);
  await goAway();
  expect(await take(0, 'a', 200)).toMatchObject({ admitted: true, limit: 1_000, remaining: 0 });
  expect(await take(0, 'a')).toMatchObject({ admitted: false, window: hour });
  expect(await take(0, 'b', 500)).toMatchObject({ admitted: true });
  expect(await take(0, 'b')).toMatchObject({ admitted: false });
});

test('L5: it gives no permit of a window of which it knows that none is left', async () => {
  const { take, goAway } = await openNodes(2);
  await take(1, 'a', 990);
  await take(0, 'a', 5);
  await goAway();
  expect(await take(0, 'a', 6)).toMatchObject({ admitted: false });
  expect(await take(0, 'a', 5)).toMatchObject({ admitted: true, remaining: 0 });
});

test('L5: asked to refuse, it rejects at once and goes on when the bank is back', async () => {
  const { take, goAway, bank, pass, changes, stores } = await openNodes(1, { whenAway: 'refuse' });
  await goAway();
  expect(await take(0, 'a')).toBeInstanceOf(LimitStoreUnavailableError);
  expect(stores[0]?.isShared()).toBe(false);
  bank.setAway(false);
  await pass(5_000);
  expect(await take(0, 'a')).toMatchObject({ admitted: true });
  expect(changes).toEqual(['alone', 'shared']);
});

test('L5: what was given alone is counted once for all nodes when the bank is back', async () => {
  const { take, goAway, bank, pass } = await openNodes(2);
  await goAway();
  await take(0, 'a', 400);
  await take(1, 'a', 1);
  await take(1, 'a', 300);
  bank.setAway(false);
  await pass(5_000);
  expect([...bank.used({ key: 'a', window: hour }).values()]).toEqual([701]);
  expect(await take(1, 'a', 300)).toMatchObject({ admitted: false });
  expect(await take(0, 'a', 299)).toMatchObject({ admitted: true, remaining: 0 });
});

test('L5: a bank that was emptied hears what was spent before anybody goes on', async () => {
  const { take, bank, pass, changes } = await openNodes(2);
  await take(0, 'a', 600);
  await take(1, 'a', 300);
  bank.empty();
  // Both are over their share or at it until all have reported.
  expect(await take(0, 'a')).toMatchObject({ admitted: false });
  await pass(5_000);
  expect([...bank.used({ key: 'a', window: hour }).values()]).toEqual([900]);
  expect(await take(1, 'a', 100)).toMatchObject({ admitted: true, remaining: 0 });
  expect(changes).toEqual(['alone', 'alone', 'shared', 'shared']);
});

test('L5: however many keys there are while it is away, room is bounded; those without get no more than their share', async () => {
  const { simulation, take, goAway, bank, pass, stores } = await openNodes(2, { leasesMax: 100 });
  await goAway();
  const given = new Map<string, number>();
  for (let call = 0; call < 30_000; call += 1) {
    const key = `key ${call % 10_000}`;
    const decision = await stores[0]?.take([{ key, windows: [{ limit: 4, windowMs: 60_000 }] }]);
    if (decision?.admitted) given.set(key, (given.get(key) ?? 0) + 1);
  }
  expect(Math.max(...given.values())).toBeLessThanOrEqual(2);
  // At least one in each count that keys share, and all that have one of their own.
  expect(given.size).toBeGreaterThan(4_000);
  bank.setAway(false);
  await pass(5_000);
  // A key that had no room owes at least its own.
  const late = [...given].find(([key, count]) => Number(key.slice(4)) > 5_000 && count > 0)?.[0] ?? '';
  const left = await (async () => {
    const taking = stores[0]?.take([{ key: late, windows: [{ limit: 4, windowMs: 60_000 }] }], 0);
    await simulation.run(simulation.elapsedMs + 5);
    return taking;
  })();
  expect(left?.remaining).toBeLessThanOrEqual(4 - (given.get(late) ?? 0));
  expect(await take(0, 'new', 1_000)).toMatchObject({ admitted: true });
});

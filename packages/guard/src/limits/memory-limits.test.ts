import { expect, test, vi } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { memoryLimits } from './memory-limits.ts';
import { limitStoreConformance } from './testing/conformance.ts';

limitStoreConformance('in-memory', async () => {
  const clock = fakeClock();
  const store = memoryLimits({ clock });
  return { store, advance: clock.advance, nowMs: clock.now, close: store.close };
});

const minute = { limit: 10, windowMs: 60_000 };

test('L1: a window lasts by the monotonic clock, whatever the wall clock does', () => {
  const clock = fakeClock();
  let steppedMs = 0;
  const store = memoryLimits({ clock: { monotonic: clock.monotonic, now: () => clock.now() + steppedMs } });
  store.take([{ key: 'a', windows: [minute] }], 10);
  steppedMs = 86_400_000;
  expect(store.take([{ key: 'a', windows: [minute] }])).toMatchObject({
    admitted: false,
    retryAfterMs: 60_000,
  });
});

test('L5: windows that have ended are dropped as others open', () => {
  const clock = fakeClock();
  const store = memoryLimits({ clock });
  for (let i = 0; i < 1000; i++) store.take([{ key: `old ${i}`, windows: [minute] }]);
  clock.advance(60_000);
  for (let i = 0; i < 500; i++) store.take([{ key: `new ${i}`, windows: [minute] }]);
  expect(store.windowCount()).toBe(500);
  for (let i = 0; i < 500; i++) {
    clock.advance(60_000);
    store.take([{ key: `single ${i}`, windows: [minute] }]);
  }
  expect(store.windowCount()).toBe(1);
});

test('L5: the ended window of a key is dropped without the one that it opened since', () => {
  const clock = fakeClock();
  const store = memoryLimits({ clock });
  for (const key of ['x', 'y', 'z', 'a']) store.take([{ key, windows: [minute] }]);
  clock.advance(60_000);
  store.take([{ key: 'a', windows: [minute] }], 9);
  for (const key of ['u', 'v', 'w']) store.take([{ key, windows: [minute] }]);
  expect(store.windowCount()).toBe(4);
  expect(store.take([{ key: 'a', windows: [minute] }], 0).remaining).toBe(1);
});

test('L5: ended windows of any length make room', () => {
  const clock = fakeClock();
  const onFull = vi.fn();
  const store = memoryLimits({ clock, windowsMax: 2, onFull });
  store.take([{ key: 'a', windows: [minute] }]);
  store.take([{ key: 'b', windows: [{ limit: 1, windowMs: 1000 }] }]);
  clock.advance(1000);
  store.take([{ key: 'c', windows: [minute] }]);
  expect(onFull).not.toHaveBeenCalled();
  expect(store.windowCount()).toBe(2);
});

test('L5: a hundred times more keys than there is room for drop no running window and exceed no limit', () => {
  const clock = fakeClock();
  const onFull = vi.fn();
  const store = memoryLimits({ clock, windowsMax: 1000, onFull });
  const real = Array.from({ length: 1000 }, (_, i) => [{ key: `real ${i}`, windows: [minute] }]);
  for (const requests of real) store.take(requests, 4);
  expect(onFull).not.toHaveBeenCalled();
  let admitted = 0;
  for (let i = 0; i < 100_000; i++) {
    if (store.take([{ key: `invented ${i}`, windows: [minute] }]).admitted) admitted++;
  }
  expect(onFull).toHaveBeenCalledTimes(1);
  expect(store.windowCount()).toBe(1000);
  // 4,096 shared windows of 10 permits.
  expect(admitted).toBeLessThanOrEqual(40_960);
  expect(admitted).toBeGreaterThan(40_000);
  for (const requests of real) expect(store.take(requests)).toMatchObject({ admitted: true, remaining: 5 });
});

test('L3: a key that shares a window gets no second budget when there is room again', () => {
  const clock = fakeClock();
  const store = memoryLimits({ clock, windowsMax: 1 });
  store.take([{ key: 'first', windows: [minute] }]);
  clock.advance(59_000);
  expect(store.take([{ key: 'late', windows: [minute] }], 7).admitted).toBe(true);
  clock.advance(2000);
  expect(store.take([{ key: 'late', windows: [minute] }], 4).admitted).toBe(false);
  expect(store.take([{ key: 'late', windows: [minute] }], 3).admitted).toBe(true);
  expect(store.take([{ key: 'late', windows: [minute] }]).admitted).toBe(false);
  clock.advance(60_000);
  expect(store.take([{ key: 'late', windows: [minute] }], 10).admitted).toBe(true);
  expect(store.windowCount()).toBe(1);
});

test('L3: a key that comes late to a shared window gets no second budget when others opened it', () => {
  const clock = fakeClock();
  const store = memoryLimits({ clock, windowsMax: 1 });
  const window = { limit: 1000, windowMs: 60_000 };
  store.take([{ key: 'first', windows: [{ limit: 1, windowMs: 3_600_000 }] }]);
  for (let i = 0; i < 100_000; i++) store.take([{ key: `stranger ${i}`, windows: [window] }]);
  clock.advance(59_999);
  while (store.take([{ key: 'late', windows: [window] }]).admitted);
  clock.advance(1);
  const refusal = store.take([{ key: 'late', windows: [window] }]);
  expect(refusal).toMatchObject({ admitted: false, retryAfterMs: 59_999 });
  clock.advance(59_999);
  expect(store.take([{ key: 'late', windows: [window] }]).admitted).toBe(true);
});

test('L5: a flood from a hundred times more addresses than there is room for takes none from keys', () => {
  const clock = fakeClock();
  const store = memoryLimits({ clock, windowsMax: 1000, addressWindowsMax: 1000 });
  const quiet = { limit: 3, windowMs: 60_000, isQuiet: true } as const;
  for (let i = 0; i < 100_000; i++) store.take([{ key: `address ${i}`, windows: [quiet] }]);
  expect(store.windowCount()).toBe(1000);
  for (let i = 0; i < 1000; i++) {
    const requests = [{ key: `key ${i}`, windows: [minute] }];
    expect(store.take(requests, 10).admitted).toBe(true);
    expect(store.take(requests).admitted).toBe(false);
  }
  expect(store.windowCount()).toBe(2000);
});

test('L5: room for no window is a mistake of the program', () => {
  expect(() => memoryLimits({ windowsMax: 0 })).toThrow(RangeError);
  expect(() => memoryLimits({ addressWindowsMax: 0 })).toThrow(RangeError);
});

import { expect, test } from 'vitest';
import type { StoreUnderTest } from './store-under-test.ts';

const perSecond = { limit: 10, windowMs: 60_000 };
const perHour = { limit: 12, windowMs: 3_600_000 };

/** What a decision says and what it spends, for every driver. */
export function describeDecisions(given: () => StoreUnderTest): void {
  test('L1: of several windows all are debited or none', async () => {
    const { store, advance } = given();
    const both = [{ key: 'a', windows: [perSecond, perHour] }];
    for (let call = 0; call < 10; call++) expect((await store.take(both)).admitted).toBe(true);
    for (let call = 0; call < 5; call++) expect((await store.take(both)).admitted).toBe(false);
    expect(await store.take([{ key: 'a', windows: [perHour] }], 0)).toMatchObject({ remaining: 2 });
    advance(60_000);
    expect((await store.take(both)).admitted).toBe(true);
    expect((await store.take(both)).admitted).toBe(true);
    expect(await store.take(both)).toMatchObject({ admitted: false, window: perHour });
    expect(await store.take([{ key: 'a', windows: [perSecond] }], 0)).toMatchObject({ remaining: 8 });
  });

  test('L1: of several requests all are debited or none', async () => {
    const { store } = given();
    const key = { key: 'key', windows: [{ limit: 5, windowMs: 60_000 }] };
    const route = { key: 'route', windows: [{ limit: 1, windowMs: 60_000 }] };
    expect((await store.take([key, route])).admitted).toBe(true);
    expect((await store.take([key, route])).admitted).toBe(false);
    expect((await store.take([route, key])).admitted).toBe(false);
    expect(await store.take([key], 0)).toMatchObject({ remaining: 4 });
  });

  test('L2: a decision describes the window with the fewest permits left, of equals the one that lasts longer', async () => {
    const { store } = given();
    const windows = [perHour, perSecond, { limit: 10, windowMs: 120_000 }];
    expect(await store.take([{ key: 'a', windows }])).toEqual({
      admitted: true,
      limit: 10,
      remaining: 9,
      resetAtMs: given().nowMs() + 120_000,
      retryAfterMs: 0,
      window: windows[2],
    });
  });

  test('L2: a refusal describes the window that makes the caller wait longest', async () => {
    const { store, advance } = given();
    const windows = [
      { limit: 1, windowMs: 60_000 },
      { limit: 2, windowMs: 3_600_000 },
    ];
    await store.take([{ key: 'a', windows }]);
    expect(await store.take([{ key: 'a', windows }])).toMatchObject({
      window: windows[0],
      retryAfterMs: 60_000,
    });
    advance(60_000);
    await store.take([{ key: 'a', windows }]);
    const refusal = await store.take([{ key: 'a', windows }]);
    expect(refusal).toMatchObject({
      admitted: false,
      window: windows[1],
      remaining: 0,
      retryAfterMs: 3_540_000,
    });
    advance(refusal.retryAfterMs - 1);
    expect((await store.take([{ key: 'a', windows }])).admitted).toBe(false);
    advance(1);
    expect((await store.take([{ key: 'a', windows }])).admitted).toBe(true);
  });

  test('L1: windows of one key and length are one count under the smaller limit', async () => {
    const { store } = given();
    const wide = { limit: 9, windowMs: 60_000 };
    const narrow = { limit: 3, windowMs: 60_000 };
    const twice = [
      { key: 'a', windows: [wide, narrow] },
      { key: 'a', windows: [wide] },
    ];
    expect(await store.take(twice)).toMatchObject({ admitted: true, limit: 3, remaining: 2 });
    expect(await store.take([{ key: 'a', windows: [wide] }])).toMatchObject({ limit: 9, remaining: 7 });
  });

  test('L1: a limit lowered while its window runs holds at once', async () => {
    const { store } = given();
    for (let call = 0; call < 5; call++) await store.take([{ key: 'a', windows: [perSecond] }]);
    const lowered = [{ key: 'a', windows: [{ limit: 4, windowMs: perSecond.windowMs }] }];
    expect(await store.take(lowered)).toMatchObject({ admitted: false, limit: 4, remaining: 0 });
  });

  test('L1: permits are taken together or not at all, and none is only a look', async () => {
    const { store, nowMs } = given();
    const requests = [{ key: 'a', windows: [perSecond] }];
    expect(await store.take(requests, 0)).toMatchObject({ admitted: true, remaining: 10 });
    given().advance(30_000);
    expect(await store.take(requests, 7)).toMatchObject({
      admitted: true,
      remaining: 3,
      resetAtMs: nowMs() + 60_000,
    });
    expect(await store.take(requests, 4)).toMatchObject({ admitted: false, remaining: 3 });
    expect(await store.take(requests, 3)).toMatchObject({ admitted: true, remaining: 0 });
    expect(await store.take([{ key: 'b', windows: [perSecond] }], 11)).toMatchObject({ admitted: false });
    expect(await store.take([{ key: 'b', windows: [perSecond] }], 10)).toMatchObject({ admitted: true });
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])(
    'L1: %d permits are a mistake of the program',
    async (permits) => {
      await expect(async () =>
        given().store.take([{ key: 'a', windows: [perHour] }], permits),
      ).rejects.toThrow(RangeError);
    },
  );

  test('L1: a decision about no window is a mistake of the program', async () => {
    await expect(async () => given().store.take([])).rejects.toThrow(RangeError);
    await expect(async () => given().store.take([{ key: 'a', windows: [] }])).rejects.toThrow(RangeError);
  });
}

import { systemClock } from '@keyward/guard';
import { createTestDatabase, fakeClock, type TestDatabase } from '@keyward/guard/testing';
import { sql } from 'drizzle-orm';
import { expect, test, vi } from 'vitest';
import { Catalogue } from '../prices/catalogue.ts';
import { keyOf } from '../testing/meterr-under-test.ts';
import { type PreparedEvent, prepareEvent } from '../usage/prepare-event.ts';
import { UsageBook, waitingEventsMax } from './usage-book.ts';

const migrations = { name: 'meterr', folder: new URL('../../migrations', import.meta.url) };

function eventOf(eventId: string): PreparedEvent {
  const prepared = prepareEvent({ event_id: eventId, model: 'm', input_tokens: 1 }, new Catalogue([]), 0);
  if (!prepared.ok) throw new Error('an event of the test is wrong');
  return prepared.event;
}

/** The database, and a door to it that can be shut. */
function behindADoor(database: TestDatabase) {
  const door = { isShut: false };
  const withDoor = <T extends object>(whole: T, way: keyof T): T =>
    new Proxy(whole, {
      get(target, name) {
        if (name === way && door.isShut) return () => Promise.reject(new Error('the database is away'));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const pool = withDoor(database.pool, 'connect');
  return { door, database: { ...database, pool, orm: withDoor(database.orm, 'transaction') } };
}

const countOf = async (database: TestDatabase) => {
  const { rows } = await database.orm.execute<{ events: string }>(
    sql`SELECT count(*) AS events FROM usage_events`,
  );
  return Number(rows[0]?.events);
};

test('T6: calls of several keys that end at once are each booked once', async () => {
  await using database = await createTestDatabase(migrations);
  const book = new UsageBook({ database, clock: fakeClock(), onError: () => {} });
  await Promise.all(
    Array.from({ length: 1_200 }, (_, at) =>
      book.book({ owner: keyOf(`user-${at % 7}`), event: eventOf(`e${at}`), tookMs: 0 }),
    ),
  );
  expect(await countOf(database)).toBe(1_200);
  await book.close();
});

test('T6: while the database is away nobody waits, and all is booked when it is back', async () => {
  await using database = await createTestDatabase(migrations);
  const { door, database: behind } = behindADoor(database);
  const errors: unknown[] = [];
  const book = new UsageBook({
    database: behind,
    clock: fakeClock(),
    onError: (error) => errors.push(error),
  });
  door.isShut = true;
  await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      book.book({ owner: keyOf('ann'), event: eventOf(`a${at}`), tookMs: 0 }),
    ),
  );
  await book.book({ owner: keyOf('bob'), event: eventOf('b'), tookMs: 0 });
  // Looked at before anything else is awaited: later it is tried again.
  expect(errors).toHaveLength(1);
  expect(await countOf(database)).toBe(0);
  door.isShut = false;
  await expect.poll(() => countOf(database)).toBe(51);
  await book.close();
});

test('T6: what waits is bounded, and calls are refused before they cost anything', async () => {
  await using database = await createTestDatabase(migrations);
  const { door, database: behind } = behindADoor(database);
  door.isShut = true;
  const book = new UsageBook({ database: behind, clock: fakeClock(), onError: () => {} });
  expect(book.hasRoom).toBe(true);
  await Promise.all(
    Array.from({ length: waitingEventsMax }, (_, at) =>
      book.book({ owner: keyOf('ann'), event: eventOf(`a${at}`), tookMs: 0 }),
    ),
  );
  expect(book.hasRoom).toBe(false);
  door.isShut = false;
  await book.close();
  expect(await countOf(database)).toBe(waitingEventsMax);
});

test('T6: long calls that end one after the other share a transaction, a short one waits for nobody', async () => {
  await using database = await createTestDatabase(migrations);
  const book = new UsageBook({ database, clock: systemClock, onError: () => {} });
  const owner = keyOf('ann');
  await book.book({ owner, event: eventOf('short'), tookMs: 5 });
  // The long one waits for others until it is told that its time is over, however slow this machine is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const long = [book.book({ owner, event: eventOf('long'), tookMs: 60_000 })];
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    long.push(book.book({ owner, event: eventOf('longer'), tookMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(long);
  } finally {
    vi.useRealTimers();
  }
  const { rows } = await database.orm.execute<{ events: string[] }>(
    sql`SELECT array_agg(event_id ORDER BY event_id) AS events FROM usage_events GROUP BY xmin::text ORDER BY 1`,
  );
  expect(rows).toEqual([{ events: ['long', 'longer'] }, { events: ['short'] }]);
  await book.close();
});

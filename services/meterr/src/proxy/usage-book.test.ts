import { createTestDatabase, fakeClock, type TestDatabase } from '@keyward/guard/testing';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
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
  const orm = new Proxy(database.orm, {
    get(target, name, receiver) {
      if (name === 'transaction' && door.isShut)
        return () => Promise.reject(new Error('the database is away'));
      return Reflect.get(target, name, receiver);
    },
  });
  return { door, database: { ...database, orm } };
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
    Array.from({ length: 1_200 }, (_, at) => book.book(keyOf(`user-${at % 7}`), eventOf(`e${at}`))),
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
  await Promise.all(Array.from({ length: 50 }, (_, at) => book.book(keyOf('ann'), eventOf(`a${at}`))));
  await book.book(keyOf('bob'), eventOf('b'));
  expect([errors.length, await countOf(database)]).toEqual([1, 0]);
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
    Array.from({ length: waitingEventsMax }, (_, at) => book.book(keyOf('ann'), eventOf(`a${at}`))),
  );
  expect(book.hasRoom).toBe(false);
  door.isShut = false;
  await book.close();
  expect(await countOf(database)).toBe(waitingEventsMax);
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../database/database.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/test-database.ts';
import { createKeyCache } from './key-cache.ts';
import { followKeyChanges, type Hearing } from './key-changes.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** A node whose beats can be kept from arriving, as a pooler keeps them, and how often it began to listen. */
function openNode() {
  const clock = fakeClock();
  const way = { isOpen: true, listenings: 0, beats: 0, confirmedMs: -1 };
  const said: Hearing[] = [];
  const execute = async (statement: Parameters<Database['orm']['execute']>[0]) => {
    way.beats += 1;
    return database.orm.execute(way.isOpen ? statement : sql`SELECT 1`);
  };
  const distrust = (): void => {
    way.listenings += 1;
  };
  const confirm = (atMs: number): void => {
    way.confirmedMs = atMs;
  };
  const changes = followKeyChanges({
    ...{ url: database.url, clock, beatMs: 10, retryMs: 10, onError: () => {} },
    cache: { ...createKeyCache(), distrust, confirm },
    database: { ...database, orm: { execute } as unknown as Database['orm'] },
    onHearing: (hearing) => said.push(hearing),
  });
  const someBeats = async () => {
    const until = way.beats + 3;
    await expect.poll(() => way.beats).toBeGreaterThan(until);
  };
  return { clock, way, said, changes, someBeats };
}

test('K10: a node that never hears its beats says so after 3 s, and that it does when it does', async () => {
  const { clock, way, said, changes, someBeats } = openNode();
  way.isOpen = false;
  try {
    await expect.poll(() => way.listenings).toBe(1);
    await someBeats();
    clock.advance(2_999);
    await someBeats();
    expect(said).toEqual([]);
    clock.advance(1_000);
    await expect.poll(() => said).toEqual(['never']);
    way.isOpen = true;
    await expect.poll(() => said).toEqual(['never', 'heard']);
  } finally {
    await changes.stop();
  }
});

test('K10: one that heard and hears nothing more says so, and listens on a new connection', async () => {
  const { clock, way, said, changes, someBeats } = openNode();
  try {
    await expect.poll(() => way.listenings).toBe(1);
    clock.advance(1);
    await expect.poll(() => way.confirmedMs).toBe(clock.monotonic());
    way.isOpen = false;
    // A beat that is on its way is of before.
    await someBeats();
    clock.advance(1);
    await someBeats();
    clock.advance(3_000);
    await expect.poll(() => said).toEqual(['lost']);
    clock.advance(3_000);
    await expect.poll(() => way.listenings).toBe(2);
    await someBeats();
    expect(said).toEqual(['lost']);
    clock.advance(1);
    way.isOpen = true;
    await expect.poll(() => said).toEqual(['lost', 'heard']);
  } finally {
    await changes.stop();
  }
});

test('K10: listening that is ended by the server begins again, and what was read before is not believed', async () => {
  const { way, changes } = openNode();
  try {
    for (let listenings = 1; listenings <= 3; listenings += 1) {
      await expect.poll(() => way.listenings).toBe(listenings);
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'keyward key changes' AND datname = current_database()`,
      );
    }
    await expect.poll(() => way.listenings).toBe(4);
  } finally {
    await changes.stop();
  }
});

test('K10: a beat confirms up to when it was begun, not up to when it is heard', async () => {
  const clock = fakeClock();
  const begun: number[] = [];
  const confirmed: number[] = [];
  const execute = (statement: Parameters<Database['orm']['execute']>[0]) => {
    begun.push(clock.monotonic());
    clock.advance(5);
    return database.orm.execute(statement);
  };
  const changes = followKeyChanges({
    ...{ url: database.url, clock, beatMs: 10, onError: () => {} },
    cache: { ...createKeyCache(), confirm: (atMs) => confirmed.push(atMs) },
    database: { ...database, orm: { execute } as unknown as Database['orm'] },
  });
  try {
    await expect.poll(() => confirmed.length).toBeGreaterThan(3);
    expect(begun).toEqual(expect.arrayContaining(confirmed));
  } finally {
    await changes.stop();
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { isProblem } from '../reply.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { addBlock, type NewBlock } from './add-block.ts';
import type { Block } from './block.ts';
import { createBlockTable } from './block-table.ts';
import { followBlocks } from './follow-blocks.ts';
import { liftExpiredBlocks } from './lift-expired-blocks.ts';
import { listBlocks } from './list-blocks.ts';
import { removeBlock } from './remove-block.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let nowMs = systemClock.now();
const clock = { now: () => nowMs, monotonic: systemClock.monotonic };
const neverBlock = ['10.0.0.0/24', '2001:db8:ffff::5'];
const byCli = { via: 'cli' } as const;
const add = (subject: string, more: Partial<NewBlock> = {}, actor: Parameters<typeof addBlock>[2] = byCli) =>
  addBlock({ database, clock, neverBlock }, { subject, reason: 'a test', ...more }, actor);

async function added(...wanted: Parameters<typeof add>): Promise<Block> {
  const block = await add(...wanted);
  if (isProblem(block)) return expect.fail(block.detail);
  return block;
}

describe('adding and removing', () => {
  test.each([
    ['192.0.2.1', 'address', '192.0.2.1/32'],
    ['::ffff:192.0.2.2', 'address', '192.0.2.2/32'],
    ['2001:DB8:0:1::7', 'address', '2001:db8:0:1::/64'],
    ['2001:db8:0:2::7/128', 'range', '2001:db8:0:2::7/128'],
    ['198.51.100.0/24', 'range', '198.51.100.0/24'],
    // Wider than what is never blocked: those inside who are protected stay so.
    ['10.0.0.0/8', 'range', '10.0.0.0/8'],
  ])('L4: %s is blocked as %s %s', async (text, kind, subject) => {
    expect(await added(text)).toMatchObject({ kind, subject, createdBy: 'cli', expiresAt: null });
  });

  test.each([
    ['127.0.0.1', 'conflict'],
    ['::1', 'conflict'],
    ['::ffff:127.0.0.1', 'conflict'],
    ['127.9.0.0/16', 'conflict'],
    ['10.0.0.7', 'conflict'],
    ['10.0.0.0/24', 'conflict'],
    ['10.0.0.128/25', 'conflict'],
    ['2001:db8:ffff::5', 'conflict'],
    ['0.0.0.0/0', 'invalid_request'],
    ['12.0.0.0/7', 'invalid_request'],
    ['::/0', 'invalid_request'],
    ['192.0.2.1/24', 'invalid_request'],
    ['localhost', 'invalid_request'],
    ['', 'invalid_request'],
  ])('M3: %j is refused with the reason', async (subject, code) => {
    const refused = await add(subject);
    expect(refused).toMatchObject({ kind: 'problem', code });
    expect((refused as { detail?: string }).detail).toMatch(/\S/);
  });

  test('M3: nobody blocks their own address', async () => {
    const actor = { via: 'api', userId: 'ada', ip: '203.0.113.9' } as const;
    expect(await add('203.0.113.0/24', {}, actor)).toMatchObject({ code: 'conflict' });
    expect(await added('203.0.114.0/24', {}, actor)).toMatchObject({ createdBy: 'ada' });
  });

  test('L4: a subject that is blocked again has the new reason and end; the old row is history', async () => {
    const first = await added('192.0.2.50', { forMs: 60_000 });
    nowMs += 1;
    const second = await added('192.0.2.50', { reason: 'worse' });
    const all = await listBlocks(database, { limit: 1000, includesEnded: true }, nowMs);
    const rows = all.filter(({ subject }) => subject === '192.0.2.50/32');
    expect(rows.map(({ id, removedAt }) => [id, removedAt === null])).toEqual([
      [second.id, true],
      [first.id, false],
    ]);
    const inForce = await listBlocks(database, { limit: 1000 }, nowMs);
    expect(inForce.filter(({ subject }) => subject === '192.0.2.50/32')).toEqual([second]);
  });

  test('L4: one subject added by many at once is one block in force', async () => {
    await Promise.all(Array.from({ length: 8 }, () => added('192.0.2.60')));
    const inForce = await listBlocks(database, { limit: 1000 }, nowMs);
    expect(inForce.filter(({ subject }) => subject === '192.0.2.60/32')).toHaveLength(1);
  });

  test('L4: it is removed by id or by what is blocked, once', async () => {
    const { id } = await added('192.0.2.70');
    expect(await removeBlock({ database, clock }, id, byCli)).toMatchObject({ id, removedBy: 'cli' });
    expect(await removeBlock({ database, clock }, id, byCli)).toMatchObject({ code: 'not_found' });
    await added('2001:db8:7::1');
    expect(await removeBlock({ database, clock }, '2001:db8:7::2', byCli)).toMatchObject({
      subject: '2001:db8:7::/64',
    });
    expect(await removeBlock({ database, clock }, 'nothing', byCli)).toMatchObject({ code: 'not_found' });
  });

  test('A1: adding and removing leave one audit entry each, in their transaction', async () => {
    const { id } = await added('192.0.2.80', { reason: 'guesses sk-shop_live_abcdefghijklmnop' });
    nowMs += 1;
    await removeBlock({ database, clock }, id, byCli);
    const { rows } = await database.pool.query(
      `SELECT action, after FROM audit_logs WHERE object_ids = ARRAY[$1::text] ORDER BY created_at, id`,
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['blocks.add', 'blocks.remove']);
    expect(rows[0].after).toMatchObject({ subject: '192.0.2.80/32', removedAt: null });
    expect(JSON.stringify(rows)).not.toContain('abcdefghijklmnop');
  });
});

describe('a node that follows them', () => {
  const follow = async (more: { url?: string; lookMs?: number } = {}) => {
    const table = createBlockTable({ clock, neverBlock });
    const errors: unknown[] = [];
    const options = { database, url: database.url, table, onError: (error: unknown) => errors.push(error) };
    const followed = await followBlocks({ ...options, lookMs: 60_000, ...more });
    return { table, errors, followed, [Symbol.asyncDispose]: () => followed.stop() };
  };
  const soon = { interval: 5 };
  const isBlocked = (table: { endsAtMs(address: string): number | undefined }, address: string) =>
    table.endsAtMs(address) !== undefined;

  test('L4: it holds what was blocked before it started, and hears of what is added and removed', async () => {
    await added('198.18.0.1');
    await using node = await follow();
    expect(isBlocked(node.table, '198.18.0.1')).toBe(true);
    // Its first announcement may come before it listens: from here on it does.
    await expect.poll(listenerCount, soon).toBe(1);
    await added('198.18.0.2', { forMs: 3_600_000 });
    await expect.poll(() => isBlocked(node.table, '198.18.0.2'), soon).toBe(true);
    await removeBlock({ database, clock }, '198.18.0.1', byCli);
    await expect.poll(() => isBlocked(node.table, '198.18.0.1'), soon).toBe(false);
    await database.pool.query(`DELETE FROM blocks WHERE subject = '198.18.0.2/32'`);
    await expect.poll(() => isBlocked(node.table, '198.18.0.2'), soon).toBe(false);
    await database.pool.query(
      `INSERT INTO blocks (kind, subject, reason) VALUES ('address', '198.18.0.3/32', 'by psql')`,
    );
    await expect.poll(() => isBlocked(node.table, '198.18.0.3'), soon).toBe(true);
    expect(node.errors).toEqual([]);
  });

  test('L4: where announcements do not arrive, its own looks find every change', async () => {
    await using node = await follow({ url: 'postgres://nobody@127.0.0.1:1/none', lookMs: 20 });
    await added('198.18.1.1');
    await expect.poll(() => isBlocked(node.table, '198.18.1.1'), soon).toBe(true);
    await removeBlock({ database, clock }, '198.18.1.1', byCli);
    await expect.poll(() => isBlocked(node.table, '198.18.1.1'), soon).toBe(false);
  });

  test('L4: a block that is committed after later ones is not missed', async () => {
    await using node = await follow({ url: 'postgres://nobody@127.0.0.1:1/none', lookMs: 20 });
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO blocks (kind, subject, reason) VALUES ('address', '198.18.2.1/32', 'slow')`,
      );
      await added('198.18.2.2');
      await expect.poll(() => isBlocked(node.table, '198.18.2.2'), soon).toBe(true);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    await expect.poll(() => isBlocked(node.table, '198.18.2.1'), soon).toBe(true);
  });

  test('L4: a listening connection that is cut begins again', async () => {
    await using node = await follow();
    await expect.poll(listenerCount, soon).toBe(1);
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'keyward blocks' AND datname = current_database()`,
    );
    await added('198.18.3.1');
    await expect.poll(() => isBlocked(node.table, '198.18.3.1'), soon).toBe(true);
  });

  test('L4: what has ended is written down, and nodes let go of it', async () => {
    await using node = await follow();
    await added('198.18.4.1', { forMs: 1_000 });
    await expect.poll(() => isBlocked(node.table, '198.18.4.1'), soon).toBe(true);
    const before = node.table.size;
    nowMs += 1_000;
    expect(isBlocked(node.table, '198.18.4.1')).toBe(false);
    const silent = { info() {}, warn() {}, error() {} };
    await liftExpiredBlocks(database).run(null, { clock, log: silent, signal: new AbortController().signal });
    await expect.poll(() => node.table.size, soon).toBe(before - 1);
    const { rows } = await database.pool.query(
      `SELECT removed_at = expires_at AS lifted FROM blocks WHERE subject = '198.18.4.1/32'`,
    );
    expect(rows).toEqual([{ lifted: true }]);
  });

  async function listenerCount(): Promise<number> {
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE application_name = 'keyward blocks' AND datname = current_database() AND query LIKE 'LISTEN%'`,
    );
    return rows[0].n;
  }
});

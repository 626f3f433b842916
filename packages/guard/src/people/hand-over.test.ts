import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refuse } from '../reply.ts';
import type { DataKeeper } from '../service.ts';
import { banUser } from './ban-user.ts';
import { deleteUser } from './delete-user.ts';
import { handOver } from './hand-over.ts';
import { keyOwner } from './owner-refusal.ts';
import { accepted, byConsole, type PeopleUnderTest, peopleUnderTest } from './testing/people-under-test.ts';
import type { User } from './user.ts';

let people: PeopleUnderTest;
let outcome: 'moves' | 'refuses' | 'throws' = 'moves';
const settled: boolean[] = [];

/** Keeps one row for each order, and does as it is told when they are handed over. */
const shop: DataKeeper = {
  name: 'shop',
  async owned(tx, userId) {
    const { rows } = await tx.execute<{ orders: number }>(
      sql`SELECT count(*)::int AS orders FROM orders WHERE user_id = ${userId}`,
    );
    return { orders: rows[0]?.orders ?? 0 };
  },
  async handOver(tx, from, to) {
    const { rowCount } = await tx.execute(sql`UPDATE orders SET user_id = ${to} WHERE user_id = ${from}`);
    if (outcome === 'throws') throw new Error('killed in between');
    if (outcome === 'refuses') return refuse('quota_exceeded');
    return { counts: { orders: rowCount ?? 0 }, settle: async (is) => void settled.push(is) };
  },
};
const mute: DataKeeper = { name: 'mute', owned: async () => ({ things: 2 }) };

beforeAll(async () => {
  people = await peopleUnderTest([shop]);
  await people.database.pool.query('CREATE TABLE orders (user_id text)');
});
afterAll(() => people[Symbol.asyncDispose]());

const both = { keys: true, data: true };
const ordersOf = async (user: User) =>
  (await people.database.pool.query('SELECT 1 FROM orders WHERE user_id = $1', [user.id])).rowCount;
async function withOrder() {
  const user = await people.person();
  await people.database.pool.query('INSERT INTO orders VALUES ($1)', [user.id]);
  return user;
}

test('K10: keys and data change hands together, and the keys go on working for the new owner', async () => {
  const [from, to] = [await withOrder(), await people.person()];
  const [living, dead] = [await people.issue(from), await people.issue(from)];
  await people.database.pool.query('UPDATE api_keys SET expires_at = now() WHERE id = $1', [dead.row.id]);
  const node = await people.node();
  expect(await node.verify(living)).toBe(from.id);
  const moved = accepted(await handOver(people.deps, { from: from.email, to: to.email, ...both }, byConsole));
  expect(moved).toEqual({
    from: from.id,
    to: to.id,
    keys: [living.row.id],
    revokedKeys: [],
    data: { shop: { orders: 1 } },
  });
  expect([await ordersOf(from), await ordersOf(to), settled.at(-1)]).toEqual([0, 1, true]);
  await expect.poll(() => node.verify(living), { interval: 5 }).toBe(to.id);
  expect((await people.auditOf(from.id)).at(-1)).toMatchObject({
    action: 'users.hand_over',
    after: { handedOverTo: to.id, keyIds: [living.row.id], data: { shop: { orders: 1 } } },
  });
  await node.stop();
});

test.each([
  ['refuses', 'quota_exceeded'],
  ['throws', undefined],
] as const)('K10: a service that %s leaves keys, data and person as they were', async (how, code) => {
  const [from, to] = [await withOrder(), await people.person()];
  const { row } = await people.issue(from);
  outcome = how;
  const wish = { user: from.id, handOverTo: to.id, force: false };
  try {
    const deletion = deleteUser(people.deps, wish, byConsole);
    if (code === undefined) await expect(deletion).rejects.toThrow('killed in between');
    else expect(await deletion).toMatchObject({ code });
  } finally {
    outcome = 'moves';
  }
  expect(await people.again(from)).toEqual(from);
  expect([await ordersOf(from), await ordersOf(to)]).toEqual([1, 0]);
  const { rows } = await people.database.pool.query(
    'SELECT user_id, revoked_at FROM api_keys WHERE id = $1',
    [row.id],
  );
  expect(rows).toEqual([{ user_id: from.id, revoked_at: null }]);
});

test('K10: services settle what they did before another one refused', async () => {
  const [from, to] = [await withOrder(), await people.person()];
  const deps = { ...people.deps, services: [shop, mute] };
  expect(await handOver(deps, { from: from.id, to: to.id, ...both }, byConsole)).toMatchObject({
    code: 'conflict',
    detail: 'The service mute cannot hand over its data: 2 things.',
  });
  expect([await ordersOf(from), settled.at(-1)]).toEqual([1, false]);
});

test('K10: who still owns data is not deleted; with a hand-over they are, and nothing is lost', async () => {
  const [from, to] = [await withOrder(), await people.person()];
  const key = await people.issue(from);
  const refused = await deleteUser(
    people.deps,
    { user: from.id, force: false, handOverTo: undefined },
    byConsole,
  );
  expect(refused).toMatchObject({ code: 'conflict', detail: expect.stringContaining('1 keys, 1 orders') });
  const deleted = accepted(
    await deleteUser(people.deps, { user: from.id, handOverTo: to.id, force: false }, byConsole),
  );
  expect(deleted).toMatchObject({ ended: { keys: [] }, handedOver: { keys: [key.row.id] } });
  expect([await ordersOf(from), await ordersOf(to)]).toEqual([0, 1]);
});

test('K10: a service lets go of who is deleted, in that transaction and after what was handed over', async () => {
  const orders: DataKeeper = {
    ...shop,
    async forget(tx, userId) {
      await tx.execute(sql`DELETE FROM orders WHERE user_id = ${userId}`);
      if (outcome === 'throws') throw new Error('killed in between');
    },
  };
  const deps = { ...people.deps, services: [orders] };
  const [from, to, lone] = [await withOrder(), await people.person(), await withOrder()];
  accepted(await deleteUser(deps, { user: from.id, handOverTo: to.id, force: false }, byConsole));
  expect([await ordersOf(from), await ordersOf(to)]).toEqual([0, 1]);

  const forced = { user: lone.id, handOverTo: undefined, force: true };
  outcome = 'throws';
  try {
    await expect(deleteUser(deps, forced, byConsole)).rejects.toThrow('killed in between');
  } finally {
    outcome = 'moves';
  }
  expect([await people.again(lone), await ordersOf(lone)]).toEqual([lone, 1]);
  accepted(await deleteUser(deps, forced, byConsole));
  expect(await ordersOf(lone)).toBe(0);
});

test('K4, K10: no key gains a power: control keys go to an equal only, claims with a link to nobody', async () => {
  const cases = [
    ['admin', 'user', false],
    ['admin', 'super_admin', false],
    ['admin', 'admin', true],
    ['super_admin', 'admin', true],
  ] as const;
  for (const [was, becomes, goes] of cases) {
    const [from, to] = [await people.person(was), await people.person(becomes)];
    const [control, other] = [await people.issue(from, 'control'), await people.issue(from)];
    const moved = accepted(await handOver(people.deps, { from: from.id, to: to.id, ...both }, byConsole));
    expect(moved.revokedKeys).toEqual(goes ? [] : [control.row.id]);
    expect(moved.keys.toSorted()).toEqual(
      (goes ? [control, other] : [other]).map(({ row }) => row.id).toSorted(),
    );
  }
  const [from, to] = [await people.person(), await people.person()];
  const unclaimed = await people.issue(from);
  await people.database.pool.query(
    `INSERT INTO key_claims (id, user_id, created_at, expires_at) VALUES ('c', $1, now(), now())`,
    [from.id],
  );
  await people.database.pool.query(`UPDATE api_keys SET claim_id = 'c' WHERE id = $1`, [unclaimed.row.id]);
  const moved = accepted(await handOver(people.deps, { from: from.id, to: to.id, ...both }, byConsole));
  expect(moved).toMatchObject({ keys: [], revokedKeys: [unclaimed.row.id] });
});

test('K10: nothing goes to nobody, to the same person, to the banned; from the deleted it does', async () => {
  const [from, to, banned] = [await withOrder(), await people.person(), await people.person()];
  accepted(await banUser(people.deps, { user: banned.id, reason: 'x', expiresInMs: undefined }, byConsole));
  const give = (receiver: string, wish = both) =>
    handOver(people.deps, { from: from.id, to: receiver, ...wish }, byConsole);
  expect(await give('nobody')).toMatchObject({ code: 'not_found' });
  expect(await give(from.email)).toMatchObject({ code: 'invalid_request' });
  expect(await give(banned.id)).toMatchObject({ code: 'conflict' });
  expect(await give(to.id, { keys: false, data: false })).toMatchObject({ code: 'invalid_request' });
  accepted(await deleteUser(people.deps, { user: from.id, force: true, handOverTo: undefined }, byConsole));
  expect(accepted(await give(to.id)).data).toEqual({ shop: { orders: 1 } });
});

test('K10: who makes a key for a person waits for their ban and is then refused', async () => {
  const user = await people.person();
  const { orm } = people.database;
  const now = people.deps.clock.now();
  const [locked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const making = orm.transaction(async (tx) => {
    expect(await keyOwner(tx, user.email, now)).toMatchObject({ id: user.id });
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  const ban = banUser(people.deps, { user: user.id, reason: 'x', expiresInMs: undefined }, byConsole);
  const first = await Promise.race([
    ban.then(() => 'ban'),
    new Promise((done) => setTimeout(done, 100, 'waits')),
  ]);
  expect(first).toBe('waits');
  held.resolve();
  await making;
  accepted(await ban);
  const later = orm.transaction((tx) => keyOwner(tx, user.email, now + 1000));
  expect(await later).toMatchObject({ code: 'conflict' });
});

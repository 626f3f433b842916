import { afterAll, beforeAll, expect, test } from 'vitest';
import { banUser, unbanUser } from './ban-user.ts';
import { deleteUser } from './delete-user.ts';
import { ownerRefusal } from './owner-refusal.ts';
import {
  accepted,
  byApi,
  byConsole,
  type PeopleUnderTest,
  peopleUnderTest,
} from './testing/people-under-test.ts';
import { createUser, findUser, listUsers, newUserSchema, type User } from './user.ts';

let people: PeopleUnderTest;
let root: User;
beforeAll(async () => {
  people = await peopleUnderTest();
  root = await people.person('super_admin');
});
afterAll(() => people[Symbol.asyncDispose]());

const reason = 'abuse of the API';
const remove = (user: User) =>
  deleteUser(people.deps, { user: user.id, force: true, handOverTo: undefined }, byConsole);
const ban = (user: User) =>
  banUser(people.deps, { user: user.id, reason, expiresInMs: undefined }, byConsole);

test.each([
  ['banned', ban],
  ['deleted', remove],
] as const)('K10: every key of a person who is %s is refused on every node', async (_what, end) => {
  const user = await people.person();
  const keys = [await people.issue(user), await people.issue(user), await people.issue(root)];
  const nodes = [await people.node(), await people.node()];
  try {
    for (const node of nodes) {
      for (const key of keys) expect(await node.verify(key)).toBe(key.row.userId);
    }
    const { ended } = accepted(await end(user));
    expect(ended.keys?.toSorted()).toEqual([keys[0]?.row.id, keys[1]?.row.id].toSorted());
    for (const node of nodes) {
      for (const key of keys.slice(0, 2)) {
        await expect.poll(() => node.verify(key), { interval: 5 }).toBe('revoked_key');
      }
      expect(await node.verify(keys[2] as never)).toBe(root.id);
    }
  } finally {
    for (const node of nodes) await node.stop();
  }
});

test('K10: of requests beside a ban none that begins after it was announced gets through', async () => {
  const user = await people.person();
  const key = await people.issue(user);
  const node = await people.node();
  try {
    const seen: string[] = [];
    let isOver = false;
    const requests = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        seen.push(await node.verify(key));
        await new Promise(setImmediate);
      }
    });
    await expect.poll(() => seen.length).toBeGreaterThan(100);
    accepted(await ban(user));
    await expect.poll(() => seen.at(-1), { interval: 5 }).toBe('revoked_key');
    const announced = seen.length;
    await expect.poll(() => seen.length).toBeGreaterThan(announced + 500);
    isOver = true;
    await Promise.all(requests);
    // Those that had begun before may have ended a moment later; a look-up that was in flight brings nothing back.
    expect(new Set(seen.slice(announced + 8))).toEqual(new Set(['revoked_key']));
  } finally {
    await node.stop();
  }
});

test('K10: a ban that cannot be recorded leaves person and keys as they were', async () => {
  const user = await people.person();
  const key = await people.issue(user);
  await people.database.pool.query(
    `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
     CREATE TRIGGER fails BEFORE INSERT ON audit_logs FOR EACH ROW WHEN (NEW.action = 'keys.revoke') EXECUTE FUNCTION fail()`,
  );
  try {
    await expect(ban(user)).rejects.toThrow();
    await expect(remove(user)).rejects.toThrow();
  } finally {
    await people.database.pool.query('DROP TRIGGER fails ON audit_logs');
  }
  expect(await people.again(user)).toEqual(user);
  expect(await people.revoked()).not.toContain(key.row.id);
});

test('K10: the end of a ban, by itself or by hand, brings no key back', async () => {
  const user = await people.person();
  const key = await people.issue(user);
  const banned = accepted(
    await banUser(people.deps, { user: user.email, reason, expiresInMs: 1_000 }, byConsole),
  );
  const ends = banned.user.banExpires?.getTime() ?? 0;
  expect(ownerRefusal(banned.user, ends - 1)).toMatchObject({ code: 'conflict' });
  expect(ownerRefusal(banned.user, ends)).toBeUndefined();
  const { user: free, ended } = accepted(await unbanUser(people.deps, user.id, byConsole));
  expect([free.banned, free.banReason, free.banExpires, ended]).toEqual([false, null, null, {}]);
  const node = await people.node();
  expect(await node.verify(key)).toBe('revoked_key');
  const other = await people.issue(user);
  expect(await node.verify(other)).toBe(user.id);
  await node.stop();
});

test('K10: a key that sleeps ends too, so that nothing wakes it', async () => {
  const user = await people.person();
  const { row } = await people.issue(user);
  await people.database.pool.query('UPDATE api_keys SET is_active = false WHERE id = $1', [row.id]);
  accepted(await ban(user));
  expect(await people.revoked()).toContain(row.id);
});

test('K10: a person who owns something is deleted only by force; name and address are gone, the row stays', async () => {
  const user = await people.person();
  const key = await people.issue(user);
  const wish = { user: user.email, force: false, handOverTo: undefined };
  expect(await deleteUser(people.deps, wish, byConsole)).toMatchObject({
    code: 'conflict',
    detail: expect.stringContaining('1 keys'),
  });
  expect(await people.revoked()).not.toContain(key.row.id);
  accepted(await remove(user));
  expect(await people.again(user)).toMatchObject({
    name: 'deleted person',
    email: `${user.id}@deleted.invalid`,
    banned: true,
    deletedAt: expect.any(Date),
  });
  expect(await findUser(people.database.orm, user.email)).toBeUndefined();
  expect(await findUser(people.database.orm, `${user.id}@deleted.invalid`)).toBeUndefined();
  const ids = async (includesDeleted: boolean) =>
    (await listUsers(people.database, { limit: 1000, includesDeleted })).map(({ id }) => id);
  expect(await ids(false)).not.toContain(user.id);
  expect(await ids(true)).toContain(user.id);
  for (const end of [ban, remove]) expect(await end(user)).toMatchObject({ code: 'not_found' });

  const wanted = newUserSchema.parse({ email: user.email, name: 'New' });
  const next = accepted(await createUser(people.database, wanted, byConsole, people.deps.clock));
  expect((await findUser(people.database.orm, user.email))?.id).toBe(next.id);
  const squatter = { email: `${next.id}@deleted.invalid`, name: 'x' };
  expect(newUserSchema.safeParse(squatter).success).toBe(false);
});

test('K10, A1: what was done is in the audit log, masked, by person and by key', async () => {
  const user = await people.person();
  const key = await people.issue(user);
  const note = 'wrote to bob@example.com';
  accepted(await banUser(people.deps, { user: user.id, reason: note, expiresInMs: undefined }, byApi(root)));
  accepted(await remove(user));
  const entries = await people.auditOf(user.id);
  expect(entries).toMatchObject([
    { action: 'users.create' },
    {
      action: 'users.ban',
      path: 'api',
      user_id: root.id,
      before: { banned: false, banReason: null },
      after: { banned: true, banReason: 'wrote to bo***@example.com', ended: { keys: 1 } },
    },
    { action: 'users.delete', path: 'cli', after: { deletedAt: expect.any(String), ended: { keys: 0 } } },
  ]);
  expect(JSON.stringify(entries)).not.toContain(user.email);
  expect(await people.auditOf(key.row.id)).toMatchObject([
    { action: 'keys.create' },
    { action: 'keys.revoke', after: { because: 'users.ban' } },
  ]);
});

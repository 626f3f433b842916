import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Role, roles } from '../access/roles.ts';
import { isProblem } from '../reply.ts';
import { banUser, unbanUser } from './ban-user.ts';
import { deleteUser } from './delete-user.ts';
import { handOver } from './hand-over.ts';
import { setRole } from './set-role.ts';
import {
  accepted,
  byApi,
  byConsole,
  type PeopleUnderTest,
  peopleUnderTest,
} from './testing/people-under-test.ts';
import type { User } from './user.ts';

let people: PeopleUnderTest;
let root: User;
beforeAll(async () => {
  people = await peopleUnderTest();
  root = await people.person('super_admin');
});
afterAll(() => people[Symbol.asyncDispose]());

const reason = 'because';
const ban = (user: User, actor = byConsole) =>
  banUser(people.deps, { user: user.id, reason, expiresInMs: undefined }, actor);
const remove = (user: User, actor = byConsole) =>
  deleteUser(people.deps, { user: user.id, force: true, handOverTo: undefined }, actor);
const role = (user: User, wanted: string, actor = byConsole) =>
  setRole(people.deps, { user: user.id, role: wanted, reason }, actor);
const codeOf = (outcome: unknown) => (isProblem(outcome) ? outcome.code : 'done');

const pairs = roles.flatMap((from) => roles.flatMap((to) => (from === to ? [] : [[from, to] as const])));
test.each(pairs)(
  'R1, R4: from %s to %s: on the console; by API only down, and by a super_admin',
  async (from, to) => {
    const isDown = roles.indexOf(to) < roles.indexOf(from);
    const outcomes: Partial<Record<Role | 'console', string>> = {};
    for (const rank of roles) {
      const actor = await people.person(rank);
      outcomes[rank] = codeOf(await role(await people.person(from), to, byApi(actor)));
    }
    outcomes.console = codeOf(await role(await people.person(from), to));
    const refused = 'insufficient_permissions';
    expect(outcomes).toEqual({
      user: refused,
      admin: refused,
      super_admin: isDown ? 'done' : refused,
      console: 'done',
    });
  },
);

test('R1: an unknown role is refused, and the role that one has changes nothing', async () => {
  const user = await people.person();
  for (const name of ['root', 'Admin', '__proto__', 'toString']) {
    expect(await role(user, name)).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/role' }] });
  }
  accepted(await role(user, 'user'));
  expect((await people.auditOf(user.id)).map(({ action }) => action)).toEqual(['users.create']);
});

test('K10: a demotion below admin takes the control keys and leaves the others', async () => {
  const user = await people.person('super_admin');
  const [control, shop] = [await people.issue(user, 'control'), await people.issue(user)];
  accepted(await role(user, 'admin', byApi(root)));
  expect(await people.revoked()).not.toContain(control.row.id);
  const { ended } = accepted(await role(user, 'user', byApi(root)));
  expect(ended).toEqual({ keys: [control.row.id] });
  const node = await people.node();
  expect([await node.verify(control), await node.verify(shop)]).toEqual(['revoked_key', user.id]);
  await node.stop();
});

test('R1: nobody bans, frees, deletes or hands over somebody of a higher role by API, nor themselves', async () => {
  const admin = await people.person('admin');
  const receiver = await people.person();
  const wish = { from: root.id, to: receiver.id, keys: true, data: true };
  for (const outcome of [
    await ban(root, byApi(admin)),
    await unbanUser(people.deps, root.id, byApi(admin)),
    await remove(root, byApi(admin)),
    await role(root, 'user', byApi(admin)),
    await handOver(people.deps, wish, byApi(admin)),
  ]) {
    expect(codeOf(outcome)).toBe('insufficient_permissions');
  }
  expect(codeOf(await ban(admin, byApi(admin)))).toBe('conflict');
  expect(codeOf(await remove(admin, byApi(admin)))).toBe('conflict');
  expect(codeOf(await ban(await people.person('admin'), byApi(admin)))).toBe('done');
  await people.database.pool.query(`UPDATE users SET role = 'owner' WHERE id = $1`, [receiver.id]);
  expect(codeOf(await ban(receiver, byApi(root)))).toBe('insufficient_permissions');
});

test('R1: the last super_admin who can act stays, also when the last two are taken at once', async () => {
  await people.database.pool.query(`UPDATE users SET role = 'user' WHERE role = 'super_admin'`);
  const [one, two] = [await people.person('super_admin'), await people.person('super_admin')];
  for (const take of [ban, remove, (user: User) => role(user, 'admin')]) {
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await Promise.all([take(one), take(two)]);
      expect(outcomes.map(codeOf).toSorted()).toEqual(['conflict', 'done']);
      await people.database.pool.query(
        `UPDATE users SET role = 'super_admin', banned = false, deleted_at = NULL WHERE id = ANY($1)`,
        [[one.id, two.id]],
      );
    }
  }
  accepted(await ban(one));
  for (const take of [ban, remove, (user: User) => role(user, 'user')]) {
    expect(codeOf(await take(two))).toBe('conflict');
  }
});

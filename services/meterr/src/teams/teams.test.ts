import { createUser, systemClock } from '@keyward/guard';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkInvariants } from '../invariants/check-invariants.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

async function person(name: string) {
  const user = await createUser(
    meterr.database,
    { email: `${name}@example.com`, name, role: 'user' },
    { via: 'cli' },
    systemClock,
  );
  if (!('email' in user)) throw new Error('no user');
  return keyOf(user.id);
}

type Person = Awaited<ReturnType<typeof person>>;

async function teamOf(owner: Person, ...members: [Person, string, 'admin' | 'member'][]): Promise<string> {
  const id = (await meterr.call('createTeam', owner, { body: { name: 'research' } })).text('id');
  for (const [member, name, role] of members) {
    const body = { email: `${name}@example.com`, role };
    expect((await meterr.call('inviteMember', owner, { params: { id }, body })).status).toBe(202);
    expect((await meterr.call('joinTeam', member, { params: { id } })).status).toBe(200);
  }
  return id;
}

const spend = (caller: Person, tokens = 1000) =>
  meterr.call('recordUsage', caller, { body: { model: 'gpt-4', input_tokens: tokens } });
const teamSummary = (caller: Person, team_id: string) =>
  meterr.call('usageSummary', caller, { query: { team_id, by: 'user' } });

describe('T7: teams', () => {
  test('T7: owner and admins see what members used while they were in the team, by user; others see nothing', async () => {
    const [ann, ben, cid, dot] = [
      await person('ann'),
      await person('ben'),
      await person('cid'),
      await person('dot'),
    ];
    await spend(ben, 500);
    const id = await teamOf(ann, [ben, 'ben', 'admin'], [cid, 'cid', 'member']);
    await spend(ann, 1000);
    await spend(ben, 2000);
    await spend(cid, 3000);
    await meterr.call('removeMember', cid, { params: { id, user_id: cid.userId } });
    await spend(cid, 4000);
    for (const seer of [ann, ben]) {
      const got = await teamSummary(seer, id);
      expect(got.body).toMatchObject({ total_tokens: 6000, total_cost: '0.180000' });
      expect(got.list()[0]?.by_user).toMatchObject({
        [ann.userId]: { tokens: 1000 },
        [ben.userId]: { tokens: 2000 },
        [cid.userId]: { tokens: 3000 },
      });
    }
    const costs = await meterr.call('costs', ann, { query: { team_id: id, group_by: 'user' } });
    expect(costs.list().map(({ cost }) => cost)).toEqual(['0.090000', '0.060000', '0.030000']);
    for (const stranger of [cid, dot, keyOf(ann.userId, { environment: 'test' })])
      expect(await teamSummary(stranger, id)).toMatchObject({ status: 404, code: 'not_found' });
    expect(await teamSummary(ann, 'no-id')).toMatchObject({ status: 404 });
    expect((await checkInvariants(meterr.database)).examples).toEqual([]);
  });

  test('T7: nobody’s usage is seen without having joined, and an invitation tells nothing', async () => {
    const [eve, fay] = [await person('eve'), await person('fay')];
    const id = await teamOf(eve);
    const invite = (email: string) => meterr.call('inviteMember', eve, { params: { id }, body: { email } });
    const [known, unknown] = [await invite('fay@example.com'), await invite('nobody@example.com')];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    await spend(fay);
    expect((await teamSummary(eve, id)).body).toMatchObject({ total_events: 0 });
    const shown = await meterr.call('getTeam', fay, { params: { id } });
    expect(shown.body).toMatchObject({ role: 'member', joined_at: null });
    expect(shown.body).not.toHaveProperty('members');
    expect(await teamSummary(fay, id)).toMatchObject({ status: 404 });
  });

  test('T7, R3: what each role may do, and 404 for all else', async () => {
    const [gil, hal, ida, jon] = [
      await person('gil'),
      await person('hal'),
      await person('ida'),
      await person('jon'),
    ];
    const id = await teamOf(gil, [hal, 'hal', 'admin'], [ida, 'ida', 'member']);
    const status = async (
      route: Parameters<MeterrUnderTest['call']>[0],
      caller: Person,
      user_id?: string,
      body?: object,
    ) =>
      (
        await meterr.call(route, caller, {
          params: { id, ...(user_id && { user_id }) },
          ...(body && { body }),
        })
      ).status;
    expect(await status('renameTeam', ida, undefined, { name: 'x' })).toBe(404);
    expect(await status('renameTeam', hal, undefined, { name: 'x' })).toBe(200);
    expect(await status('getTeam', jon)).toBe(404);
    expect(await status('joinTeam', jon)).toBe(404);
    expect(await status('changeMember', hal, ida.userId, { role: 'admin' })).toBe(404);
    expect(await status('changeMember', gil, ida.userId, { role: 'admin' })).toBe(200);
    expect(await status('changeMember', gil, gil.userId, { role: 'member' })).toBe(404);
    expect(await status('removeMember', hal, gil.userId)).toBe(404);
    expect(await status('removeMember', gil, gil.userId)).toBe(404);
    expect(await status('removeMember', hal, ida.userId)).toBe(204);
    expect(await status('removeTeam', hal)).toBe(404);
    expect(await status('removeTeam', gil)).toBe(204);
    expect(await status('getTeam', gil)).toBe(404);
    expect((await meterr.call('listTeams', gil, {})).list()).toEqual([]);
  });

  test('T5: a team’s budget counts everybody in it, and only who leads the team may set and see it', async () => {
    const [kim, lea] = [await person('kim'), await person('lea')];
    const id = await teamOf(kim, [lea, 'lea', 'member']);
    await spend(lea, 1000);
    const body = { name: 'all', subject: { kind: 'team', id }, limit: '1' };
    expect(await meterr.call('createBudget', lea, { body })).toMatchObject({ status: 404 });
    const made = await meterr.call('createBudget', kim, { body });
    expect(made.body.current).toMatchObject({ spent: '0.030000' });
    await spend(kim, 1000);
    await spend(lea, 1000);
    const budget = { params: { id: made.text('id') } };
    expect((await meterr.call('getBudget', kim, budget)).body.current).toMatchObject({ spent: '0.090000' });
    expect(await meterr.call('getBudget', lea, budget)).toMatchObject({ status: 404 });
    expect((await checkInvariants(meterr.database)).examples).toEqual([]);
  });
});

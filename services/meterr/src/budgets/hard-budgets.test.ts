import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { HardBudgets } from './hard-budgets.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

test('T5: a hard budget is known within 4 s, at once where it was made, and others need no database', async () => {
  const { database, clock } = meterr;
  const known = new HardBudgets({ database, clock });
  const [ann, ben] = [keyOf('ann'), keyOf('ben')];
  expect(await known.mayConcern(ann)).toBe(false);
  const body = { name: 'b', subject: { kind: 'user' }, limit: '1', hard: true };
  expect((await meterr.call('createBudget', ann, { body })).status).toBe(201);
  // Without waiting: from memory.
  expect(known.mayConcern(ann)).toBe(false);
  clock.advance(4_000);
  expect(await known.mayConcern(ann)).toBe(true);
  expect(await known.mayConcern(ben)).toBe(false);
  expect(await known.mayConcern({ userId: 'ann', environment: 'test' })).toBe(false);
  expect((await meterr.call('createBudget', ben, { body })).status).toBe(201);
  known.forget();
  expect(await known.mayConcern(ben)).toBe(true);
});

test('T5: a soft budget concerns nobody, and a team’s hard budget all its members', async () => {
  const { database, clock } = meterr;
  const known = new HardBudgets({ database, clock });
  const cid = keyOf('cid');
  const soft = { name: 'b', subject: { kind: 'user' }, limit: '1' };
  expect((await meterr.call('createBudget', cid, { body: soft })).status).toBe(201);
  expect(await known.mayConcern(cid)).toBe(false);
  const team = (await meterr.call('createTeam', cid, { body: { name: 'Team' } })).text('id');
  const body = { name: 't', subject: { kind: 'team', id: team }, limit: '1', hard: true };
  expect((await meterr.call('createBudget', cid, { body })).status).toBe(201);
  known.forget();
  expect(await known.mayConcern(cid)).toBe(true);
});

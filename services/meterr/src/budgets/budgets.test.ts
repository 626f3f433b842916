import { createUser, systemClock } from '@keyward/guard';
import { silentLog } from '@keyward/guard/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { forecastAlerts } from './forecast-alerts.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

async function person(name: string): Promise<string> {
  const user = await createUser(
    meterr.database,
    { email: `${name}@example.com`, name, role: 'user' },
    { via: 'cli' },
    systemClock,
  );
  if (!('email' in user)) throw new Error('no user');
  return user.id;
}

const mailsTo = async (name: string) =>
  (
    await meterr.database.orm.execute<{ subject: string }>(sql`
      SELECT content->>'subject' AS subject FROM notifications WHERE recipient = ${`${name}@example.com`} ORDER BY created_at, id`)
  ).rows.map((row) => row.subject);

const monthly = { name: 'research', subject: { kind: 'user' }, limit: '3.00' };
/** gpt-4: a million tokens in are 30 dollars. */
const spend = (caller: ReturnType<typeof keyOf>, tokens: number, more: object = {}) =>
  meterr.call('recordUsage', caller, { body: { model: 'gpt-4', input_tokens: tokens, ...more } });

describe('T5: alerts', () => {
  test('T5: at 50, 80 and 100 % the owner is told, once each, in the transaction of the spending', async () => {
    const ann = keyOf(await person('ann'));
    await meterr.call('createBudget', ann, {
      body: { ...monthly, webhook_url: 'https://hooks.example.com/x' },
    });
    const told: number[] = [];
    for (const tokens of [49_999, 1, 1000, 29_000, 1, 20_000, 100_000]) {
      await spend(ann, tokens);
      told.push((await mailsTo('ann')).length);
    }
    expect(told).toEqual([0, 1, 1, 2, 2, 3, 3]);
    expect(await mailsTo('ann')).toEqual(
      [50, 80, 100].map((percent) => `The budget "research" has reached ${percent} % of its limit`),
    );
    const { rows } = await meterr.database.orm.execute<{ body: string }>(sql`
      SELECT content->>'body' AS body FROM notifications WHERE kind = 'webhook' ORDER BY created_at, id`);
    expect(rows.map(({ body }) => JSON.parse(body))).toMatchObject([
      {
        type: 'budget.threshold',
        data: { percent: 50, spent: '1.500000', limit: '3.000000', period: '2026-11-01' },
      },
      { type: 'budget.threshold', data: { percent: 80 } },
      { type: 'budget.threshold', data: { percent: 100 } },
    ]);
  });

  test('T5: a leap is told of once, by its highest share', async () => {
    const ben = keyOf(await person('ben'));
    await meterr.call('createBudget', ben, { body: monthly });
    await spend(ben, 500_000);
    expect(await mailsTo('ben')).toEqual(['The budget "research" has reached 100 % of its limit']);
  });

  test('T5: late events of a month that is over alarm nobody', async () => {
    const cid = keyOf(await person('cid'));
    await meterr.call('createBudget', cid, { body: monthly });
    await spend(cid, 500_000, { timestamp: '2026-10-31T23:59:59.999Z' });
    expect(await mailsTo('cid')).toEqual([]);
  });

  test('T5: a period that is going to pass its limit is told of once, when a quarter of it is over', async () => {
    const dot = keyOf(await person('dot'));
    const made = await meterr.call('createBudget', dot, {
      body: { ...monthly, period: 'day', limit: '3.00' },
    });
    await spend(dot, 60_000);
    const context = {
      clock: meterr.clock,
      log: silentLog,
      signal: new AbortController().signal,
    };
    const subjects = async () => (await mailsTo('dot')).filter((subject) => subject.includes('going to'));
    const got = await meterr.call('getBudget', dot, { params: { id: made.text('id') } });
    // Half of the day is over, and 1.80 is spent.
    expect(got.body.current).toMatchObject({ forecast: '3.600000', percent: '50' });
    for (let run = 0; run < 2; run += 1) await forecastAlerts(meterr.database).run(undefined, context);
    expect(await subjects()).toEqual(['The budget "research" is going to pass its limit in this period']);
  });
});

describe('T5: what counts for a budget', () => {
  test('T5: a budget begins with what its period has come to', async () => {
    const eve = keyOf('eve');
    await spend(eve, 10_000);
    await spend(eve, 10_000, { timestamp: '2026-10-31T23:59:59.999Z' });
    await spend(eve, 10_000, { tags: { project: 'x' } });
    await spend(keyOf('eve', { keyId: 'other' }), 10_000);
    await spend(keyOf('eve', { environment: 'test' }), 10_000);
    const begun = async (body: object) =>
      (await meterr.call('createBudget', eve, { body: { ...monthly, ...body } })).body.current;
    expect(await begun({})).toMatchObject({
      spent: '0.900000',
      start_date: '2026-11-01',
      end_date: '2026-12-01',
    });
    expect(await begun({ period: 'total' })).toMatchObject({
      spent: '1.200000',
      end_date: null,
      forecast: null,
    });
    expect(await begun({ subject: { kind: 'tag', name: 'project', value: 'x' } })).toMatchObject({
      spent: '0.300000',
    });
    expect(await begun({ subject: { kind: 'tag', name: 'project', value: 'y' } })).toMatchObject({
      spent: '0.000000',
    });
  });

  test('R3, K5: another owner’s and another environment’s budgets, and budgets of others’ keys, do not exist', async () => {
    const owner = keyOf('owner');
    const id = (await meterr.call('createBudget', owner, { body: monthly })).text('id');
    for (const caller of [keyOf('stranger'), keyOf('owner', { environment: 'test' })]) {
      for (const route of ['getBudget', 'changeBudget', 'removeBudget'] as const) {
        expect(await meterr.call(route, caller, { params: { id }, body: {} })).toMatchObject({
          code: 'not_found',
        });
      }
      expect((await meterr.call('listBudgets', caller, {})).list()).toEqual([]);
    }
    for (const subject of [
      { kind: 'key', id: 'not-mine' },
      { kind: 'team', id },
    ]) {
      expect(await meterr.call('createBudget', owner, { body: { ...monthly, subject } })).toMatchObject({
        code: 'not_found',
      });
    }
    expect((await meterr.call('removeBudget', owner, { params: { id } })).status).toBe(204);
    expect(await meterr.call('getBudget', owner, { params: { id } })).toMatchObject({ code: 'not_found' });
  });

  test.each([
    [{ limit: '0' }, '/limit'],
    [{ limit: '-1' }, '/limit'],
    [{ limit: 3 }, '/limit'],
    [{ webhook_url: 'http://hooks.example.com' }, '/webhook_url'],
    [{ subject: { kind: 'user', id: 'x' } }, '/subject'],
    [{ period: 'year' }, '/period'],
  ])('V1: a budget with %j is refused at %s', async (more, pointer) => {
    const got = await meterr.call('createBudget', keyOf('eve'), { body: { ...monthly, ...more } });
    expect(got.errors.map((error) => error.pointer)).toEqual([pointer]);
  });
});

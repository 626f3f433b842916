import { silentLog } from '@keyward/guard/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { checkInvariants } from './check-invariants.ts';
import { invariantCheck } from './invariant-check.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
  for (const userId of ['ann', 'ben', 'cid']) {
    const body = { name: 'b', subject: { kind: 'user' }, limit: '1' };
    await meterr.call('createBudget', keyOf(userId), { body });
    const events = [1, 2, 3].map((n) => ({
      model: n === 3 ? 'own' : 'gpt-4',
      input_tokens: n,
      timestamp: `2026-${n === 1 ? '09' : '11'}-01T00:00:00Z`,
      tags: { project: `p${n}` },
    }));
    await meterr.call('recordUsageBatch', keyOf(userId), { body: { events } });
  }
});
afterAll(() => meterr[Symbol.asyncDispose]());

describe('T3: the invariant check', () => {
  test('T3: finds nothing where nothing is wrong', async () => {
    expect(await checkInvariants(meterr.database)).toEqual({
      accounts: 3,
      events: 9,
      budgetPeriods: 3,
      findings: 0,
      examples: [],
    });
  });

  test.each([
    ['usage_by_day', sql`UPDATE usage_by_day SET cost = cost + 0.000000000000000001 WHERE user_id = 'ben'`],
    ['usage_by_quarter', sql`UPDATE usage_by_quarter SET tokens = tokens + 1 WHERE user_id = 'ben'`],
    ['usage_by_tag', sql`DELETE FROM usage_by_tag WHERE user_id = 'ben' AND value = 'p1'`],
    [
      'usage_by_day',
      sql`UPDATE usage_by_day SET unpriced_events = 1 - unpriced_events WHERE user_id = 'ben'`,
    ],
    ['spent', sql`UPDATE budget_periods SET spent = spent + 1`],
    ['held', sql`UPDATE budget_periods SET held = 1`],
    ['usage_by_quarter', sql`UPDATE usage_events SET cost = 1 WHERE user_id = 'ben' AND model = 'gpt-4'`],
  ])('T3: finds what is wrong in %s', async (what, harm) => {
    const undo = new Error('undo');
    await meterr.database.orm
      .transaction(async (tx) => {
        await tx.execute(harm);
        // In the transaction that did it, so that it can be taken back.
        const orm = Object.assign(Object.create(tx), {
          transaction: (work: (inner: typeof tx) => Promise<unknown>) => work(tx),
        });
        const report = await checkInvariants({ ...meterr.database, orm });
        expect(report.findings).toBeGreaterThan(0);
        expect(report.examples.map((finding) => finding.what)).toContain(what);
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    expect((await checkInvariants(meterr.database)).findings).toBe(0);
  });

  test('T3: the job tells operators once a day', async () => {
    await meterr.database.orm.execute(sql`UPDATE usage_by_day SET events = events + 1 WHERE user_id = 'cid'`);
    const context = {
      clock: meterr.clock,
      log: silentLog,
      signal: new AbortController().signal,
    };
    for (let run = 0; run < 2; run += 1)
      await invariantCheck(meterr.database, 'ops@example.com').run(undefined, context);
    const { rows } = await meterr.database.orm.execute(
      sql`SELECT 1 FROM notifications WHERE recipient = 'ops@example.com'`,
    );
    expect(rows).toHaveLength(1);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meterrContract } from '../contract.ts';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';
import { exportEvents } from './export-events.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const everything = {
  startDate: undefined,
  endDate: undefined,
  provider: undefined,
  model: undefined,
  eventId: undefined,
};

const exported = (userId: string, format: 'csv' | 'jsonl') =>
  new Response(exportEvents(meterr.database, keyOf(userId), everything, { format, decimals: 'all' })).text();

describe('T4: an event explains itself', () => {
  test('T4: class × count × rate = subtotal, with the tier and the class whose rate it is', async () => {
    const ann = keyOf('ann');
    const sent = await meterr.call('recordUsage', ann, {
      body: {
        model: 'gemini-2.5-pro',
        input_tokens: 200_001,
        output_tokens: 10,
        reasoning_tokens: 5,
        reported_cost: '9',
      },
    });
    const params = { id: sent.text('id') };
    const got = await meterr.call('getCostBreakdown', ann, { params });
    expect(got.body).toMatchObject({
      adds_up: true,
      cost: '0.5002275',
      reported_cost: '9',
      lines: [
        {
          class: 'input_tokens',
          count: 200_001,
          rate: '0.0000025',
          above_input_tokens: 200_000,
          subtotal: '0.5000025',
        },
        { class: 'output_tokens', count: 10, rate: '0.000015', subtotal: '0.00015' },
        {
          class: 'reasoning_tokens',
          count: 5,
          rate: '0.000015',
          rate_of: 'output_tokens',
          subtotal: '0.000075',
        },
      ],
    });
    expect(await meterr.call('getCostBreakdown', keyOf('ben'), { params })).toMatchObject({
      code: 'not_found',
    });
  });

  test('T4: an unpriced event has no lines, and says so', async () => {
    const sent = await meterr.call('recordUsage', keyOf('ann'), { body: { model: 'own', input_tokens: 1 } });
    const got = await meterr.call('getCostBreakdown', keyOf('ann'), { params: { id: sent.text('id') } });
    expect(got.body).toMatchObject({ lines: [], cost: null, priced: 'unpriced', adds_up: true });
  });
});

describe('T3: export', () => {
  test('T3: every event once, also over several pages, and only the owner’s', async () => {
    const cid = keyOf('cid');
    for (let batch = 0; batch < 3; batch += 1) {
      const events = Array.from({ length: 900 }, (_, n) => ({
        event_id: `${batch}-${n}`,
        model: 'gpt-4',
        input_tokens: 1,
        timestamp: new Date(Date.UTC(2026, 9, 1) + (n % 50) * 1000).toISOString(),
      }));
      await meterr.call('recordUsageBatch', cid, { body: { events } });
    }
    const lines = (await exported('cid', 'jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(lines.map(({ event_id }) => event_id)).size).toBe(2700);
    expect(lines).toHaveLength(2700);
    expect(lines[0]).toMatchObject({ model: 'gpt-4', input_tokens: 1, cost: '0.00003' });
    expect((await exported('cid', 'csv')).trimEnd().split('\r\n')).toHaveLength(2701);
    expect(await exported('nobody', 'jsonl')).toBe('');
    expect((await exported('nobody', 'csv')).split('\r\n')[0]).toContain(
      'id,event_id,provider,model,timestamp',
    );
  });

  test('T3: no spreadsheet runs a cell of it', async () => {
    const event = {
      event_id: '=cmd|calc',
      model: '@SUM(1)',
      provider: '+1',
      input_tokens: 1,
      tags: { '-a': '"b"' },
    };
    await meterr.call('recordUsage', keyOf('dot'), { body: event });
    const [, line = ''] = (await exported('dot', 'csv')).split('\r\n');
    expect(line).toContain(`'=cmd|calc,'+1,'@SUM(1)`);
    expect(line).toContain(`"{""-a"":""\\""b\\""""}"`);
    for (const cell of line.split(',')) expect(cell).not.toMatch(/^[=+@-]/);
  });

  test('T3: nor one that hides its sign behind spaces, which spreadsheets trim', async () => {
    const event = { event_id: '  =cmd|calc', model: '\u00A0@SUM(1)', input_tokens: 1 };
    await meterr.call('recordUsage', keyOf('eve'), { body: event });
    const [, line = ''] = (await exported('eve', 'csv')).split('\r\n');
    expect(line).toContain(`'  =cmd|calc`);
    expect(line).toContain(`'\u00A0@SUM(1)`);
  });

  test('T7: no field that an event takes is called text, prompt or messages', () => {
    const { body } = meterrContract.recordUsage.request;
    expect(Object.keys(body.schema.shape)).not.toEqual(
      expect.arrayContaining(['text', 'prompt', 'messages', 'content']),
    );
  });
});

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest, testNowMs } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const ann = keyOf('ann');
const event = { provider: 'openai', model: 'gpt-4o-mini', input_tokens: 1000, output_tokens: 500 };

async function rowsOf(userId: string): Promise<number> {
  const { rows } = await meterr.database.orm.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM usage_events WHERE user_id = ${userId}`,
  );
  return rows[0]?.n ?? -1;
}

describe('T3: what providers say is charged to the last decimal', () => {
  test.each([
    [
      'OpenAI chat with cache writes',
      {
        provider: 'openai',
        model: 'gpt-5.6-sol',
        timestamp: '2026-08-01T00:00:00Z',
        usage: {
          prompt_tokens: 2006,
          prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 1920 },
          completion_tokens: 300,
        },
      },
      '0.021430',
      '0.02143',
    ],
    [
      'OpenAI Responses',
      {
        provider: 'openai',
        model: 'gpt-5.6-sol',
        timestamp: '2026-08-01T00:00:00Z',
        usage: {
          input_tokens: 2006,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 1920 },
          output_tokens: 300,
          output_tokens_details: { reasoning_tokens: 128 },
        },
      },
      '0.021430',
      '0.02143',
    ],
    [
      'Anthropic with both lives of cache writes',
      {
        provider: 'anthropic',
        model: 'claude-sonnet-4-0',
        usage: {
          input_tokens: 504,
          cache_creation_input_tokens: 123,
          cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 23 },
          cache_read_input_tokens: 0,
          output_tokens: 97,
        },
      },
      '0.003480',
      '0.00348',
    ],
    [
      'Gemini with thoughts',
      {
        provider: 'google',
        model: 'gemini-2.5-flash',
        usage: {
          promptTokenCount: 75,
          toolUsePromptTokenCount: 25,
          candidatesTokenCount: 18,
          thoughtsTokenCount: 144,
          totalTokenCount: 262,
        },
      },
      '0.000435',
      '0.000435',
    ],
    [
      'Gemini with cached audio',
      {
        provider: 'google',
        model: 'gemini-2.5-flash',
        usage: {
          promptTokenCount: 14152,
          cachedContentTokenCount: 12239,
          candidatesTokenCount: 50,
          thoughtsTokenCount: 69,
          promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 150 }],
          cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 129 }],
        },
      },
      '0.001262',
      '0.0012623',
    ],
    [
      'xAI with reasoning beside the completion',
      {
        provider: 'x-ai',
        model: 'grok-4-fast',
        usage: {
          prompt_tokens: 181,
          cached_prompt_text_tokens: 162,
          completion_tokens: 27,
          reasoning_tokens: 19,
          total_tokens: 227,
        },
      },
      '0.000035',
      '0.0000349',
    ],
    [
      'Perplexity with citations and searches',
      {
        provider: 'perplexity',
        model: 'sonar-deep-research',
        usage: {
          prompt_tokens: 33,
          completion_tokens: 11395,
          citation_tokens: 19028,
          num_search_queries: 21,
          reasoning_tokens: 193947,
        },
      },
      '0.816123',
      '0.816123',
    ],
    ['one token', { model: 'gpt-4o-mini', input_tokens: 1 }, '0.000000', '0.00000015'],
    ['a seventh decimal of 5', { model: 'gpt-4o-mini', input_tokens: 10 }, '0.000002', '0.0000015'],
    [
      'gpt-4o-2024-05-13 at its own price',
      { model: 'gpt-4o-2024-05-13', input_tokens: 1000, output_tokens: 1000 },
      '0.020000',
      '0.02',
    ],
    [
      'audio of gpt-4o-audio-preview',
      { model: 'gpt-4o-audio-preview', input_audio_tokens: 1000, output_audio_tokens: 1000 },
      '0.300000',
      '0.3',
    ],
    [
      'the most tokens there can be',
      { model: 'gpt-4', input_tokens: Number.MAX_SAFE_INTEGER },
      '270215977642.229730',
      '270215977642.22973',
    ],
  ])('T2: %s', async (_name, sent, six, all) => {
    const got = await meterr.call('recordUsage', ann, { body: sent });
    expect(got.body).toMatchObject({ cost: six, priced: 'exact' });
    const read = { params: { id: got.text('id') }, query: { decimals: 'all' } };
    expect((await meterr.call('getUsage', ann, read)).body).toMatchObject({ cost: all, priced: 'exact' });
  });

  test.each([
    ['gpt-5.4', 272_000, '0.680015'],
    ['gpt-5.4', 272_001, '1.360028'],
    ['gemini-2.5-pro', 200_000, '0.250010'],
    ['gemini-2.5-pro', 200_001, '0.500018'],
  ])('T4: %s with %i tokens in is charged as one tier: %s', async (model, inputTokens, cost) => {
    const body = { model, input_tokens: inputTokens, output_tokens: 1 };
    expect((await meterr.call('recordUsage', ann, { body })).body).toMatchObject({ cost });
  });

  test.each([
    ['2025-06-09T23:59:59.999Z', '0.050000'],
    ['2025-06-10T00:00:00Z', '0.010000'],
    ['2025-06-10T00:00:00.001Z', '0.010000'],
    ['2025-06-10T01:59:59+02:00', '0.050000'],
  ])('T4: o3 at %s costs what it cost then', async (timestamp, cost) => {
    const body = { provider: 'openai', model: 'o3', timestamp, input_tokens: 1000, output_tokens: 1000 };
    expect((await meterr.call('recordUsage', ann, { body })).body).toMatchObject({ cost });
  });
});

describe('T4: no price is not a price of 0', () => {
  test.each([
    { provider: 'openai', model: 'gpt-9-imaginary' },
    { provider: 'nobody', model: 'gpt-4o' },
    { model: 'some-model-of-ours' },
    { provider: 'anthropic', model: 'claude-3' },
    { provider: 'google', model: 'gemini-1.5-flash-8b' },
  ])('T4: %j is unpriced', async (named) => {
    const got = await meterr.call('recordUsage', ann, { body: { ...named, input_tokens: 10 } });
    expect(got.status).toBe(201);
    expect(got.body).toMatchObject({ cost: null, price_id: null, priced: 'unpriced' });
  });

  test('T4: a class charged at another class’s rate makes the cost an estimate', async () => {
    const body = { model: 'gpt-4', input_tokens: 10, cache_read_tokens: 10 };
    expect((await meterr.call('recordUsage', ann, { body })).body).toMatchObject({
      cost: '0.000600',
      priced: 'estimated',
    });
  });

  test('T4: a client’s own cost is kept and not charged', async () => {
    const body = { ...event, reported_cost: '99.5' };
    expect((await meterr.call('recordUsage', ann, { body })).body).toMatchObject({
      cost: '0.000450',
      reported_cost: '99.500000',
    });
  });
});

describe('T3: one event id counts once', () => {
  test('T3: sent twice: the first answer again, and one row', async () => {
    const bob = keyOf('bob');
    const body = { ...event, event_id: 'call-1', tags: { team: 'red' } };
    const first = await meterr.call('recordUsage', bob, { body });
    meterr.clock.advance(60_000);
    const second = await meterr.call('recordUsage', bob, {
      body: { tags: { team: 'red' }, event_id: 'call-1', ...event },
    });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.body).toMatchObject({ duplicate: false });
    expect(second.body).toEqual({ ...first.body, duplicate: true });
    expect(await rowsOf('bob')).toBe(1);
  });

  test('T3: other content under the same id is a conflict and changes nothing', async () => {
    const eve = keyOf('eve');
    await meterr.call('recordUsage', eve, { body: { ...event, event_id: 'x' } });
    const other = await meterr.call('recordUsage', eve, {
      body: { ...event, event_id: 'x', output_tokens: 501 },
    });
    expect(other).toMatchObject({ status: 409, code: 'event_conflict' });
    expect(await rowsOf('eve')).toBe(1);
  });

  test('T3: fifty at the same moment count once', async () => {
    const carl = keyOf('carl');
    const body = { ...event, event_id: 'parallel' };
    const got = await Promise.all(
      Array.from({ length: 50 }, () => meterr.call('recordUsage', carl, { body })),
    );
    expect(got.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(got.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(new Set(got.map((one) => one.text('id'))).size).toBe(1);
    const summary = await meterr.call('usageSummary', carl, {});
    expect(summary.body).toMatchObject({ total_tokens: 1500, total_cost: '0.000450', total_events: 1 });
  });

  test('K5: owners and environments have their own ids', async () => {
    const body = { ...event, event_id: 'shared' };
    const live = keyOf('dora');
    for (const caller of [live, keyOf('dora', { environment: 'test' }), keyOf('emil')]) {
      expect((await meterr.call('recordUsage', caller, { body })).status).toBe(201);
    }
    expect((await meterr.call('listUsage', live, {})).list()).toHaveLength(1);
  });
});

describe('V1: what cannot be right is refused', () => {
  test.each([
    [{ model: 'm' }, '/usage'],
    [{ model: 'm', input_tokens: 1, usage: { prompt_tokens: 1 } }, '/input_tokens'],
    [{ model: 'm', input_tokens: -1 }, '/input_tokens'],
    [{ model: 'm', input_tokens: 1.5 }, '/input_tokens'],
    [{ model: 'm', input_tokens: 2 ** 53 }, '/input_tokens'],
    [{ model: 'm', input_tokens: '5' }, '/input_tokens'],
    [{ model: 'm', input_tokens: Number.MAX_SAFE_INTEGER, output_tokens: 1 }, '/input_tokens'],
    [
      { model: 'm', input_tokens: 1, timestamp: new Date(testNowMs + 400_000_000).toISOString() },
      '/timestamp',
    ],
    [{ model: 'm', input_tokens: 1, timestamp: 'yesterday' }, '/timestamp'],
    [{ model: 'm', input_tokens: 1, timestamp: '1969-12-31T23:59:59Z' }, '/timestamp'],
    [{ model: 'm', input_tokens: 1, reported_cost: '-1' }, '/reported_cost'],
    [{ model: 'm', input_tokens: 1, reported_cost: '1e3' }, '/reported_cost'],
    [{ model: 'm', input_tokens: 1, reported_cost: 1 }, '/reported_cost'],
    [{ model: 'x'.repeat(201), input_tokens: 1 }, '/model'],
    [{ model: 'm\u202e', input_tokens: 1 }, '/model'],
    [{ model: 'm', input_tokens: 1, surprise: true }, '/'],
    [{ model: 'm', input_tokens: 1, tags: { a: 1 } }, '/tags/a'],
    [{ model: 'm', usage: { prompt_tokens: 2, completion_tokens: -2 } }, '/usage/completion_tokens'],
  ])('V1: %j at %s', async (body, pointer) => {
    const got = await meterr.call('recordUsage', ann, { body });
    expect(got).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(got.errors.map((error) => error.pointer)).toContain(pointer);
  });

  test('V3: text that looks like SQL is data', async () => {
    const model = "'; DROP TABLE usage_events; --";
    const metadata = { note: '<script>{"$ne": null}\\' };
    const got = await meterr.call('recordUsage', ann, { body: { model, input_tokens: 1, metadata } });
    expect(got.body).toMatchObject({ model, metadata });
    const read = await meterr.call('getUsage', ann, { params: { id: got.text('id') } });
    expect(read.body).toMatchObject({ model, metadata });
  });
});

describe('R3: events are reached through their owner', () => {
  test('R3: another owner’s, another environment’s and no one’s id answer alike', async () => {
    const got = await meterr.call('recordUsage', keyOf('owner'), { body: event });
    const params = { id: got.text('id') };
    expect((await meterr.call('getUsage', keyOf('owner'), { params })).status).toBe(200);
    for (const caller of [keyOf('stranger'), keyOf('owner', { environment: 'test' })]) {
      expect(await meterr.call('getUsage', caller, { params })).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    }
    for (const id of ['nothing', '00000000-0000-7000-8000-000000000000', "' OR 1=1"]) {
      expect((await meterr.call('getUsage', keyOf('owner'), { params: { id } })).status).toBe(404);
    }
  });

  test('T3: pages run through all events, newest first, each once', async () => {
    const fay = keyOf('fay');
    for (let hour = 0; hour < 7; hour++) {
      const timestamp = `2026-03-01T0${hour % 4}:00:00Z`;
      await meterr.call('recordUsage', fay, { body: { ...event, timestamp, event_id: `e${hour}` } });
    }
    const seen: string[] = [];
    let cursor: unknown;
    do {
      const query = cursor === undefined ? { limit: 3 } : { limit: 3, cursor };
      const got = await meterr.call('listUsage', fay, { query });
      seen.push(...got.list().map((one) => `${one.timestamp} ${one.event_id}`));
      cursor = got.body.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    const times = seen.map((one) => one.slice(0, 24));
    expect(times).toEqual([...times].sort().reverse());
    const none = await meterr.call('listUsage', fay, { query: { end_date: '2026-02-28' } });
    expect(none.list()).toEqual([]);
    expect(await meterr.call('listUsage', fay, { query: { cursor: 'forged' } })).toMatchObject({
      status: 422,
    });
  });
});

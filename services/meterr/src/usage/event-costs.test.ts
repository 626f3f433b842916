import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest } from '../testing/meterr-under-test.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const ann = keyOf('ann');
const event = { provider: 'openai', model: 'gpt-4o-mini', input_tokens: 1000, output_tokens: 500 };

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

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Counts, countedClasses, noCounts, totalTokens } from '../../token-classes.ts';
import { normalizeUsage } from './normalize-usage.ts';

function counts(provider: string | undefined, usage: unknown): Partial<Counts> {
  const result = normalizeUsage(provider, usage);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return Object.fromEntries(Object.entries(result.counts).filter(([, count]) => count > 0));
}

function pointers(provider: string | undefined, usage: unknown): string[] {
  const result = normalizeUsage(provider, usage);
  return result.ok ? [] : result.errors.map(({ pointer }) => pointer);
}

describe('T3: every provider’s usage becomes the same disjoint classes', () => {
  test('T3: OpenAI chat: cached and written are parts of the prompt', () => {
    const usage = {
      prompt_tokens: 2006,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 1920 },
      completion_tokens: 300,
    };
    expect(counts('openai', usage)).toEqual({
      input_tokens: 86,
      cache_write_5m_tokens: 1920,
      output_tokens: 300,
    });
  });

  test('T3: OpenAI chat: reasoning and audio are parts of the completion, audio one of the prompt', () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 80,
      total_tokens: 180,
      prompt_tokens_details: { cached_tokens: 30, audio_tokens: 20 },
      completion_tokens_details: {
        reasoning_tokens: 50,
        audio_tokens: 10,
        accepted_prediction_tokens: 3,
        rejected_prediction_tokens: 2,
      },
    };
    expect(counts('openai', usage)).toEqual({
      input_tokens: 50,
      cache_read_tokens: 30,
      input_audio_tokens: 20,
      output_tokens: 20,
      reasoning_tokens: 50,
      output_audio_tokens: 10,
    });
  });

  test('T3: OpenAI Responses has the same parts under other names', () => {
    const usage = {
      input_tokens: 2006,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 1920 },
      output_tokens: 300,
      output_tokens_details: { reasoning_tokens: 128 },
      total_tokens: 2306,
    };
    expect(counts('openai', usage)).toEqual({
      input_tokens: 86,
      cache_write_5m_tokens: 1920,
      output_tokens: 172,
      reasoning_tokens: 128,
    });
  });

  test('T3: OpenAI embeddings have no completion', () => {
    expect(counts('openai', { prompt_tokens: 8, total_tokens: 8 })).toEqual({ input_tokens: 8 });
  });

  test('T3: Anthropic: input leaves the caches out, and cache writes have two lives', () => {
    const usage = {
      input_tokens: 504,
      cache_creation_input_tokens: 123,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 23 },
      cache_read_input_tokens: 0,
      output_tokens: 97,
      service_tier: 'standard',
      server_tool_use: { web_search_requests: 2 },
    };
    expect(counts('anthropic', usage)).toEqual({
      input_tokens: 504,
      cache_write_5m_tokens: 100,
      cache_write_1h_tokens: 23,
      output_tokens: 97,
      web_searches: 2,
    });
  });

  test('T3: Anthropic: writes without a stated life are for five minutes', () => {
    const usage = { input_tokens: 1, cache_creation_input_tokens: 9, output_tokens: 1 };
    expect(counts('anthropic', usage)).toMatchObject({ cache_write_5m_tokens: 9 });
  });

  test('T3: Gemini: thoughts and tool prompts are beside candidates and prompt', () => {
    const usage = {
      promptTokenCount: 75,
      toolUsePromptTokenCount: 25,
      candidatesTokenCount: 18,
      thoughtsTokenCount: 144,
      totalTokenCount: 262,
    };
    expect(counts('google', usage)).toEqual({ input_tokens: 100, output_tokens: 18, reasoning_tokens: 144 });
    expect(normalizeUsage('google', usage)).toMatchObject({ ok: true, totalMismatch: false });
  });

  test('T3: Gemini: cached content and audio overlap in cached audio', () => {
    const usage = {
      promptTokenCount: 14152,
      cachedContentTokenCount: 12239,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 69,
      promptTokensDetails: [
        { modality: 'AUDIO', tokenCount: 150 },
        { modality: 'TEXT', tokenCount: 14002 },
      ],
      cacheTokensDetails: [
        { modality: 'AUDIO', tokenCount: 129 },
        { modality: 'TEXT', tokenCount: 12110 },
      ],
    };
    expect(counts('google', usage)).toEqual({
      input_tokens: 1892,
      cache_read_tokens: 12110,
      cache_read_audio_tokens: 129,
      input_audio_tokens: 21,
      output_tokens: 50,
      reasoning_tokens: 69,
    });
  });

  test('T3: xAI counts reasoning beside the completion; its total tells', () => {
    const beside = {
      prompt_tokens: 181,
      cached_prompt_text_tokens: 162,
      completion_tokens: 27,
      reasoning_tokens: 19,
      total_tokens: 227,
    };
    expect(counts('x-ai', beside)).toEqual({
      input_tokens: 19,
      cache_read_tokens: 162,
      output_tokens: 27,
      reasoning_tokens: 19,
    });
    expect(counts('x-ai', { ...beside, total_tokens: 208 })).toMatchObject({
      output_tokens: 8,
      reasoning_tokens: 19,
    });
  });

  test('T3: Perplexity counts citations, reasoning and searches beside the completion', () => {
    const usage = {
      prompt_tokens: 33,
      completion_tokens: 11395,
      total_tokens: 11428,
      citation_tokens: 19028,
      num_search_queries: 21,
      reasoning_tokens: 193947,
    };
    expect(counts('perplexity', usage)).toEqual({
      input_tokens: 33,
      output_tokens: 11395,
      citation_tokens: 19028,
      reasoning_tokens: 193947,
      web_searches: 21,
    });
  });

  test('T3: Cohere is charged by its billed units', () => {
    const usage = {
      billed_units: { input_tokens: 13, output_tokens: 8 },
      tokens: { input_tokens: 542, output_tokens: 8 },
    };
    expect(counts('cohere', usage)).toEqual({ input_tokens: 13, output_tokens: 8 });
  });

  test('T3: DeepSeek and Moonshot name their cached tokens themselves', () => {
    const chat = { prompt_tokens: 10, completion_tokens: 1 };
    expect(counts('deepseek', { ...chat, prompt_cache_hit_tokens: 4 })).toMatchObject({
      cache_read_tokens: 4,
    });
    expect(counts('moonshotai', { ...chat, cached_tokens: 4 })).toMatchObject({ input_tokens: 6 });
  });

  test('T3: null details count as none', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: null };
    expect(counts('openai', usage)).toEqual({ input_tokens: 3, output_tokens: 2 });
  });

  test('T3: a stated total that differs from the parts is reported', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 6 };
    expect(normalizeUsage('openai', usage)).toMatchObject({ ok: true, totalMismatch: true });
  });
});

describe('T3: usage that cannot be right is refused by pointer', () => {
  test.each([
    ['openai', {}, ['/usage/prompt_tokens', '/usage/completion_tokens']],
    ['openai', { prompt_tokens: 1 }, ['/usage/completion_tokens']],
    ['openai', { prompt_tokens: '1', completion_tokens: 1 }, ['/usage/prompt_tokens']],
    ['openai', { prompt_tokens: [1], completion_tokens: 1 }, ['/usage/prompt_tokens']],
    ['openai', { prompt_tokens: -1, completion_tokens: 1 }, ['/usage/prompt_tokens']],
    ['openai', { prompt_tokens: Number.NaN, completion_tokens: 1 }, ['/usage/prompt_tokens']],
    [
      'openai',
      { prompt_tokens: 1, completion_tokens: Number.POSITIVE_INFINITY },
      ['/usage/completion_tokens'],
    ],
    ['openai', { prompt_tokens: 1.5, completion_tokens: 1 }, ['/usage/prompt_tokens']],
    ['openai', { prompt_tokens: null, completion_tokens: 1 }, ['/usage/prompt_tokens']],
    [
      'openai',
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } },
      ['/usage/prompt_tokens'],
    ],
    [
      'openai',
      { prompt_tokens: 5, completion_tokens: 1, completion_tokens_details: { reasoning_tokens: 2 } },
      ['/usage/completion_tokens'],
    ],
    [
      'openai',
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: 7 },
      ['/usage/prompt_tokens_details'],
    ],
    ['anthropic', {}, ['/usage/input_tokens', '/usage/output_tokens']],
    [
      'anthropic',
      {
        input_tokens: 1,
        output_tokens: 1,
        cache_creation_input_tokens: 5,
        cache_creation: { ephemeral_1h_input_tokens: 6 },
      },
      ['/usage/cache_creation_input_tokens'],
    ],
    ['google', {}, ['/usage/promptTokenCount']],
    ['google', { promptTokenCount: 5, cachedContentTokenCount: 6 }, ['/usage/promptTokenCount']],
    ['google', { promptTokenCount: 5, promptTokensDetails: 'x' }, ['/usage/promptTokensDetails']],
    [undefined, 5, ['/usage']],
    [undefined, null, ['/usage']],
    [undefined, [], ['/usage']],
    [undefined, 'x', ['/usage']],
  ])('T3: %s %j', (provider, usage, expected) => {
    expect(pointers(provider, usage)).toEqual(expected);
  });

  test('T3: a sum past 2^53 − 1 is refused', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(pointers('openai', { prompt_tokens: most, completion_tokens: 1 })).toEqual(['/usage']);
  });

  test('T3: no object whatever makes it throw or gives anything but counts that add up', () => {
    const leaf = fc.oneof(fc.nat(), fc.integer(), fc.double(), fc.string(), fc.constant(null));
    const details = fc.dictionary(
      fc.constantFrom('cached_tokens', 'audio_tokens', 'reasoning_tokens', '__proto__', 'x'),
      leaf,
    );
    const names = [
      'prompt_tokens',
      'completion_tokens',
      'input_tokens',
      'output_tokens',
      'promptTokenCount',
      'candidatesTokenCount',
      'cache_read_input_tokens',
      'cachedContentTokenCount',
      'prompt_tokens_details',
      'output_tokens_details',
      'promptTokensDetails',
      'total_tokens',
    ];
    const object = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof(leaf, details, fc.array(fc.record({ modality: fc.constant('AUDIO'), tokenCount: leaf }))),
    );
    fc.assert(
      fc.property(
        fc.oneof(object, fc.jsonValue()),
        fc.constantFrom('openai', 'google', undefined),
        (usage, provider) => {
          const result = normalizeUsage(provider, usage);
          if (!result.ok) {
            expect(result.errors.length).toBeGreaterThan(0);
            return;
          }
          expect(Object.keys(result.counts).sort()).toEqual(Object.keys(noCounts).sort());
          for (const name of countedClasses) expect(Number.isSafeInteger(result.counts[name])).toBe(true);
          for (const name of countedClasses) expect(result.counts[name]).toBeGreaterThanOrEqual(0);
          expect(Number.isSafeInteger(totalTokens(result.counts))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

import type { UsageReader } from './read-usage.ts';
import type { Reading } from './reading.ts';

/**
 * Chat completions, of OpenAI and the many that answer in its shape. Cached, written and audio tokens are parts of
 * `prompt_tokens`; reasoning and audio are parts of `completion_tokens`, except where a provider counts them beside.
 */
export function fromOpenaiChat(reader: UsageReader, provider: string | undefined): Reading {
  const prompt = reader.required('prompt_tokens');
  const total = reader.optional('total_tokens');
  // Embeddings have no completion: their total is the prompt.
  const completion =
    total === prompt ? reader.count('completion_tokens') : reader.required('completion_tokens');
  const cached = readCached(reader);
  const written = reader.count('prompt_tokens_details', 'cache_write_tokens');
  const audioIn = reader.count('prompt_tokens_details', 'audio_tokens');
  const cachedAudio = reader.count('prompt_tokens_details', 'cached_tokens_details', 'audio_tokens');
  const newAudio = reader.without(
    audioIn,
    cachedAudio,
    ['prompt_tokens_details'],
    'More cached audio than audio',
  );
  const cachedText = reader.without(
    cached,
    cachedAudio,
    ['prompt_tokens_details'],
    'More cached audio than cached',
  );
  const input = reader.without(
    prompt,
    cached + written + newAudio,
    ['prompt_tokens'],
    'Less than its cached, written and audio parts',
  );
  return {
    counts: {
      input_tokens: input,
      cache_read_tokens: cachedText,
      cache_read_audio_tokens: cachedAudio,
      cache_write_5m_tokens: written,
      input_audio_tokens: newAudio,
      ...readOutput(reader, provider, prompt, completion, total),
    },
    // Perplexity's total leaves its reasoning and citations out.
    statedTotal: provider === 'perplexity' ? undefined : total,
  };
}

/** OpenAI's place, then DeepSeek's, Moonshot's and xAI's own. */
function readCached(reader: UsageReader): number {
  return (
    reader.optional('prompt_tokens_details', 'cached_tokens') ??
    reader.optional('prompt_cache_hit_tokens') ??
    reader.optional('cached_tokens') ??
    reader.count('cached_prompt_text_tokens')
  );
}

function readOutput(
  reader: UsageReader,
  provider: string | undefined,
  prompt: number,
  completion: number,
  total: number | undefined,
): Reading['counts'] {
  const reasoning =
    reader.optional('completion_tokens_details', 'reasoning_tokens') ?? reader.count('reasoning_tokens');
  const audio = reader.count('completion_tokens_details', 'audio_tokens');
  const reasoningIsBeside =
    provider === 'perplexity' || (provider === 'x-ai' && total !== prompt + completion);
  const parts = audio + (reasoningIsBeside ? 0 : reasoning);
  return {
    output_tokens: reader.without(
      completion,
      parts,
      ['completion_tokens'],
      'Less than its reasoning and audio parts',
    ),
    reasoning_tokens: reasoning,
    output_audio_tokens: audio,
    citation_tokens: reader.count('citation_tokens'),
    web_searches: reader.count('num_search_queries'),
  };
}

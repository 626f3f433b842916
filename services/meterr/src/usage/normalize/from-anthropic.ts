import type { UsageReader } from './read-usage.ts';
import type { Reading } from './reading.ts';

/** Anthropic's Messages: `input_tokens` leaves the caches out; thinking is a part of `output_tokens`. */
export function fromAnthropic(reader: UsageReader): Reading {
  const input = reader.required('input_tokens');
  const output = reader.required('output_tokens');
  const thinking = reader.count('output_tokens_details', 'thinking_tokens');
  const written5m = reader.optional('cache_creation', 'ephemeral_5m_input_tokens');
  const written1h = reader.count('cache_creation', 'ephemeral_1h_input_tokens');
  const written = reader.optional('cache_creation_input_tokens') ?? (written5m ?? 0) + written1h;
  // What is not said to be for an hour is for five minutes, the default.
  const restIs5m = reader.without(
    written,
    (written5m ?? 0) + written1h,
    ['cache_creation_input_tokens'],
    'Less than its parts in cache_creation',
  );
  return {
    counts: {
      input_tokens: input,
      cache_read_tokens: reader.count('cache_read_input_tokens'),
      cache_write_5m_tokens: (written5m ?? 0) + restIs5m,
      cache_write_1h_tokens: written1h,
      output_tokens: reader.without(output, thinking, ['output_tokens'], 'Less than its thinking part'),
      reasoning_tokens: thinking,
      web_searches: reader.count('server_tool_use', 'web_search_requests'),
    },
  };
}

import type { UsageReader } from './read-usage.ts';
import type { Reading } from './reading.ts';

/** OpenAI's Responses: as in chat completions, all parts lie within `input_tokens` and `output_tokens`. */
export function fromOpenaiResponses(reader: UsageReader): Reading {
  const inputInAll = reader.required('input_tokens');
  const outputInAll = reader.required('output_tokens');
  const cached = reader.count('input_tokens_details', 'cached_tokens');
  const written = reader.count('input_tokens_details', 'cache_write_tokens');
  const audioIn = reader.count('input_tokens_details', 'audio_tokens');
  const cachedAudio = reader.count('input_tokens_details', 'cached_tokens_details', 'audio_tokens');
  const reasoning = reader.count('output_tokens_details', 'reasoning_tokens');
  const audioOut = reader.count('output_tokens_details', 'audio_tokens');
  const newAudio = reader.without(
    audioIn,
    cachedAudio,
    ['input_tokens_details'],
    'More cached audio than audio',
  );
  return {
    counts: {
      input_tokens: reader.without(
        inputInAll,
        cached + written + newAudio,
        ['input_tokens'],
        'Less than its cached, written and audio parts',
      ),
      cache_read_tokens: reader.without(
        cached,
        cachedAudio,
        ['input_tokens_details'],
        'More cached audio than cached',
      ),
      cache_read_audio_tokens: cachedAudio,
      cache_write_5m_tokens: written,
      input_audio_tokens: newAudio,
      output_tokens: reader.without(
        outputInAll,
        reasoning + audioOut,
        ['output_tokens'],
        'Less than its reasoning and audio parts',
      ),
      reasoning_tokens: reasoning,
      output_audio_tokens: audioOut,
    },
    statedTotal: reader.optional('total_tokens'),
  };
}

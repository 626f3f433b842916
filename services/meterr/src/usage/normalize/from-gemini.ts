import type { UsageReader } from './read-usage.ts';
import type { Reading } from './reading.ts';

/**
 * Gemini's `usageMetadata`: thoughts and tool prompts stand beside candidates and prompt; cached content is a part
 * of the prompt; the details split each of them by modality.
 */
export function fromGemini(reader: UsageReader): Reading {
  const prompt = reader.required('promptTokenCount') + reader.count('toolUsePromptTokenCount');
  const candidates = reader.count('candidatesTokenCount');
  const cached = reader.count('cachedContentTokenCount');
  const audioIn =
    reader.modality('promptTokensDetails', 'AUDIO') + reader.modality('toolUsePromptTokensDetails', 'AUDIO');
  const cachedAudio = reader.modality('cacheTokensDetails', 'AUDIO');
  const audioOut = reader.modality('candidatesTokensDetails', 'AUDIO');
  const imageOut = reader.modality('candidatesTokensDetails', 'IMAGE');
  const newAudio = reader.without(
    audioIn,
    cachedAudio,
    ['cacheTokensDetails'],
    'More cached audio than audio',
  );
  return {
    counts: {
      input_tokens: reader.without(
        prompt,
        cached + newAudio,
        ['promptTokenCount'],
        'Less than its cached and audio parts',
      ),
      cache_read_tokens: reader.without(
        cached,
        cachedAudio,
        ['cachedContentTokenCount'],
        'Less than its audio part',
      ),
      cache_read_audio_tokens: cachedAudio,
      input_audio_tokens: newAudio,
      output_tokens: reader.without(
        candidates,
        audioOut + imageOut,
        ['candidatesTokenCount'],
        'Less than its audio and image parts',
      ),
      output_audio_tokens: audioOut,
      output_image_tokens: imageOut,
      reasoning_tokens: reader.count('thoughtsTokenCount'),
    },
    statedTotal: reader.optional('totalTokenCount'),
  };
}

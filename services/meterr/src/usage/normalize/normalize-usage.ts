import type { FieldError } from '@keyward/guard';
import { type Counts, countedClasses, noCounts, totalTokens } from '../../token-classes.ts';
import { fromAnthropic } from './from-anthropic.ts';
import { fromCohere } from './from-cohere.ts';
import { fromGemini } from './from-gemini.ts';
import { fromOpenaiChat } from './from-openai-chat.ts';
import { fromOpenaiResponses } from './from-openai-responses.ts';
import { readUsage, type UsageReader } from './read-usage.ts';
import type { Reading } from './reading.ts';

export type NormalizedUsage =
  | { readonly ok: true; readonly counts: Counts; readonly totalMismatch: boolean }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * Splits a provider's usage object into disjoint classes (T3). `provider` is the catalogue's name for it.
 * Refused, by pointer below `/usage`: what is no object, misses what every answer has, holds anything but
 * integers from 0 to 2^53 − 1 where counts belong, or has a part larger than its whole. Unknown fields are passed
 * over, since providers add new ones; a stated total that differs from the parts is reported, not refused.
 */
export function normalizeUsage(provider: string | undefined, usage: unknown): NormalizedUsage {
  const reader = readUsage(usage, '/usage');
  if (reader.errors.length > 0) return { ok: false, errors: reader.errors };
  const { counts: found, statedTotal } = readerFor(provider, reader)(reader, provider);
  const counts: Counts = { ...noCounts, ...found };
  const tooLarge = countedClasses.some((name) => !Number.isSafeInteger(counts[name]));
  if (tooLarge || !Number.isSafeInteger(totalTokens(counts))) reader.refuse([], 'The sum passes 2^53 − 1');
  if (reader.errors.length > 0) return { ok: false, errors: distinct(reader.errors) };
  return {
    ok: true,
    counts,
    totalMismatch: statedTotal !== undefined && statedTotal !== totalTokens(counts),
  };
}

type ReadShape = (reader: UsageReader, provider: string | undefined) => Reading;

/** The shape tells more than the provider's name: many providers answer in another's shape. */
function readerFor(provider: string | undefined, reader: UsageReader): ReadShape {
  if (reader.has('promptTokenCount')) return fromGemini;
  if (reader.has('prompt_tokens')) return fromOpenaiChat;
  if (reader.has('billed_units')) return fromCohere;
  const hasAnthropicCaches =
    reader.has('cache_creation_input_tokens') ||
    reader.has('cache_read_input_tokens') ||
    reader.has('cache_creation');
  if (provider === 'anthropic' || hasAnthropicCaches) return fromAnthropic;
  if (reader.has('input_tokens')) return fromOpenaiResponses;
  if (provider === 'google') return fromGemini;
  if (provider === 'cohere') return fromCohere;
  return fromOpenaiChat;
}

/** A leaf may be read twice. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.pointer} ${error.message}`, error])).values()];
}

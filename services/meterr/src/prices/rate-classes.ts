import type { CountedClass } from '../token-classes.ts';

/** What a price has a rate for: the counted classes and the call itself. */
export type RateClass = CountedClass | 'requests';

interface Fallback {
  readonly to: RateClass;
  /** Whether the provider charges so by its own rules; otherwise a cost that rests on it is an estimate. */
  readonly isTheRule: boolean;
}

/**
 * Whose rate a class is charged at when a price has none for it, in order of preference.
 * Reasoning is output on every provider's bill unless it is priced apart. The others are the nearest rate we know.
 */
export const rateFallbacks: Readonly<Record<RateClass, readonly Fallback[]>> = {
  input_tokens: [],
  cache_read_tokens: [{ to: 'input_tokens', isTheRule: false }],
  cache_write_5m_tokens: [{ to: 'input_tokens', isTheRule: false }],
  cache_write_1h_tokens: [
    { to: 'cache_write_5m_tokens', isTheRule: false },
    { to: 'input_tokens', isTheRule: false },
  ],
  output_tokens: [],
  reasoning_tokens: [{ to: 'output_tokens', isTheRule: true }],
  input_audio_tokens: [{ to: 'input_tokens', isTheRule: false }],
  output_audio_tokens: [{ to: 'output_tokens', isTheRule: false }],
  cache_read_audio_tokens: [
    { to: 'cache_read_tokens', isTheRule: false },
    { to: 'input_audio_tokens', isTheRule: false },
    { to: 'input_tokens', isTheRule: false },
  ],
  output_image_tokens: [{ to: 'output_tokens', isTheRule: false }],
  citation_tokens: [{ to: 'output_tokens', isTheRule: false }],
  web_searches: [],
  requests: [],
};

/** Charged when a price has a rate for them, left out when it has none: most prices are for tokens alone. */
export const optionalClasses: ReadonlySet<RateClass> = new Set<RateClass>(['web_searches', 'requests']);

/**
 * The classes that a call's usage is split into (T3). They are disjoint: no token is in two of them, so a cost is
 * the plain sum of count × rate. The order is that of the columns and of the answers.
 */
export const tokenClasses = [
  /** Text in, neither read from nor written to a cache. */
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  /** Text out, without reasoning. */
  'output_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'cache_read_audio_tokens',
  'output_image_tokens',
  'citation_tokens',
] as const;

export type TokenClass = (typeof tokenClasses)[number];

/** What a provider counts beside tokens and charges for in the same usage object. */
export type CountedClass = TokenClass | 'web_searches';

export const countedClasses = [...tokenClasses, 'web_searches'] as const satisfies readonly CountedClass[];

/** Every class, each an integer from 0 to 2^53 − 1. */
export type Counts = Readonly<Record<CountedClass, number>>;

export const inputClasses = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'input_audio_tokens',
  'cache_read_audio_tokens',
] as const satisfies readonly TokenClass[];

export const outputClasses = [
  'output_tokens',
  'reasoning_tokens',
  'output_audio_tokens',
  'output_image_tokens',
  'citation_tokens',
] as const satisfies readonly TokenClass[];

export const noCounts: Counts = Object.freeze(
  Object.fromEntries(countedClasses.map((name) => [name, 0])) as Record<CountedClass, number>,
);

/** All tokens of a call. Beyond 2^53 − 1 the sum is not exact; `prepareEvent` refuses such events. */
export function totalTokens(counts: Counts): number {
  return tokenClasses.reduce((sum, name) => sum + counts[name], 0);
}

/** All tokens that went in, cached ones included: what a price tier looks at. */
export function inputTokensInAll(counts: Counts): number {
  return inputClasses.reduce((sum, name) => sum + counts[name], 0);
}

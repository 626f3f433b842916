import type { Catalogue } from './catalogue.ts';
import { readLitellmPrices } from './read-litellm-prices.ts';

/**
 * The most tokens that a model answers with, where it is known: what bounds a call without `max_tokens` (T5). The largest of
 * all releases that the catalogue prices as this model.
 */
export async function largestAnswer(
  catalogue: Catalogue,
  provider: string | undefined,
  model: string,
): Promise<number | undefined> {
  const known = await readLitellmPrices();
  const exact = known.find((one) => one.model.toLowerCase() === model.toLowerCase());
  if (exact?.outputTokensMax !== undefined) return exact.outputTokensMax;
  const ours = catalogue.history(provider, model)[0];
  if (ours === undefined) return undefined;
  const releases = known.filter(
    (one) =>
      catalogue.history(one.provider, one.model)[0]?.model === ours.model &&
      one.outputTokensMax !== undefined,
  );
  return releases.length === 0 ? undefined : Math.max(...releases.map((one) => one.outputTokensMax ?? 0));
}

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { countedClasses } from '../token-classes.ts';
import type { SeedModel, SeedRate } from './seed.ts';

const correction = z.union([
  z.strictObject({
    source: z.string().min(1),
    provider: z.string(),
    model: z.string(),
    rates: z.partialRecord(z.enum(countedClasses), z.string().regex(/^\d+(\.\d{1,18})?$/)),
  }),
  z.strictObject({ source: z.string().min(1), tier: z.strictObject({ from: z.int(), to: z.int() }) }),
]);
type Correction = z.output<typeof correction>;

/** What is known to be wrong in the library, with where the right figure comes from. Data: no price stands in the code. */
const correctionsFile = z.strictObject({
  /** Counted up with every change, so that nodes seed again. */
  version: z.int(),
  corrections: z.array(correction),
});
export type PriceCorrections = z.output<typeof correctionsFile>;

export async function readCorrections(): Promise<PriceCorrections> {
  const file = new URL('../../data/price-corrections.json', import.meta.url);
  return correctionsFile.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** The catalogue with its known mistakes put right. */
export function correctPrices(
  models: readonly SeedModel[],
  { corrections }: Pick<PriceCorrections, 'corrections'>,
): SeedModel[] {
  return models.map((model) => {
    const periods = model.periods.map((period) => ({
      ...period,
      rates: corrections.reduce((rates, one) => corrected(model, rates, one), period.rates),
    }));
    return { ...model, periods };
  });
}

function corrected(model: SeedModel, rates: readonly SeedRate[], one: Correction): readonly SeedRate[] {
  if ('tier' in one) {
    const { from, to } = one.tier;
    return rates.map((rate) => (rate.aboveInputTokens === from ? { ...rate, aboveInputTokens: to } : rate));
  }
  if (model.provider !== one.provider || model.model !== one.model) return rates;
  const right = Object.entries(one.rates).map(([name, rate]) => ({
    class: name as SeedRate['class'],
    aboveInputTokens: 0,
    rate,
  }));
  return [...rates.filter((rate) => !(rate.class in one.rates)), ...right];
}

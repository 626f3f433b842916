import type { SeedModel, SeedRate } from './seed.ts';

/** Counted up whenever a correction below changes, so that nodes seed again. */
export const correctionsVersion = 1;

interface Correction {
  /** Where the right figure comes from. */
  readonly source: string;
  readonly concerns: (model: SeedModel) => boolean;
  readonly correct: (rates: readonly SeedRate[]) => readonly SeedRate[];
}

const isOpenai = (model: SeedModel, id: string) => model.provider === 'openai' && model.model === id;

const corrections: readonly Correction[] = [
  {
    source:
      'Langfuse and Portkey price lists: $5 in, $15 out per million; some releases had those of 2024-08-06',
    concerns: (model) => isOpenai(model, 'gpt-4o-2024-05-13'),
    correct: (rates) => withRates(rates, { input_tokens: '0.000005', output_tokens: '0.000015' }),
  },
  {
    source: 'Langfuse and Portkey price lists: audio $100 in, $200 out per million; here priced as text',
    concerns: (model) => isOpenai(model, 'gpt-4o-audio-preview'),
    correct: (rates) => withRates(rates, { input_audio_tokens: '0.0001', output_audio_tokens: '0.0002' }),
  },
  {
    source: 'pydantic/genai-prices#711: the tier is for more than 272,000 tokens, not for 272,000',
    concerns: () => true,
    correct: (rates) =>
      rates.map((rate) =>
        rate.aboveInputTokens === 271_999 ? { ...rate, aboveInputTokens: 272_000 } : rate,
      ),
  },
];

/** The catalogue with its known mistakes put right. */
export function correctPrices(models: readonly SeedModel[]): SeedModel[] {
  return models.map((model) => {
    const concerned = corrections.filter((one) => one.concerns(model));
    const periods = model.periods.map((period) => ({
      ...period,
      rates: concerned.reduce((rates, one) => one.correct(rates), period.rates),
    }));
    return { ...model, periods };
  });
}

function withRates(
  rates: readonly SeedRate[],
  right: Readonly<Partial<Record<SeedRate['class'], string>>>,
): readonly SeedRate[] {
  const others = rates.filter((rate) => !(rate.class in right));
  const corrected = Object.entries(right).map(([name, rate]) => ({
    class: name as SeedRate['class'],
    aboveInputTokens: 0,
    rate,
  }));
  return [...others, ...corrected];
}

import { z } from 'zod';
import { dollarsText, modelName, providerName } from '../fields.ts';
import { money, moneyText } from '../money.ts';
import { countedClasses } from '../token-classes.ts';
import type { RateClass } from './rate-classes.ts';
import type { SeedRate } from './seed.ts';

const rateClasses = [...countedClasses, 'requests'] as const satisfies readonly RateClass[];

const rates = z
  .strictObject(
    Object.fromEntries(rateClasses.map((name) => [name, dollarsText.optional()])) as Record<
      RateClass,
      z.ZodOptional<typeof dollarsText>
    >,
  )
  .refine((given) => Object.values(given).some((rate) => rate !== undefined), 'At least one rate');

const unitDecimals = { '1': 0, '1000': 3, '1000000': 6 } as const;

/** A price as an operator declares it. */
export const priceBody = z.strictObject({
  provider: providerName.toLowerCase(),
  model: modelName,
  aliases: z.array(modelName).max(20).default([]).describe('Other exact ids of the same model'),
  per: z
    .enum(['1', '1000', '1000000'])
    .default('1')
    .describe('How many tokens (or calls) the rates are for; one by default'),
  rates: rates.describe('US dollars, decimal text; a class without a rate is charged at its nearest'),
  tiers: z
    .array(z.strictObject({ above_input_tokens: z.int().min(1).max(1_000_000_000), rates }))
    .max(5)
    .default([])
    .describe('Rates for the whole call where it has more input tokens than that'),
  valid_from: z.iso
    .datetime({ offset: true })
    .max(40)
    .nullable()
    .optional()
    .describe('Null: since ever. Default: now; since ever for a model that never had a price'),
});
export type PriceBody = z.output<typeof priceBody>;

/** The rates of a body for one unit each. Undefined where one has more than 18 decimals then. */
export function ratesOfBody(body: PriceBody): readonly SeedRate[] | undefined {
  const parts = [{ above_input_tokens: 0, rates: body.rates }, ...body.tiers];
  const all = parts.flatMap(({ above_input_tokens, rates: given }) =>
    Object.entries(given).flatMap(([name, rate]) =>
      rate === undefined
        ? []
        : [{ class: name as RateClass, aboveInputTokens: above_input_tokens, rate: money(rate) }],
    ),
  );
  const perUnit = all.map((one) => ({ ...one, rate: one.rate.shiftedBy(-unitDecimals[body.per]) }));
  if (perUnit.some(({ rate }) => (rate.decimalPlaces() ?? 0) > 18)) return undefined;
  return perUnit.map((one) => ({ ...one, rate: moneyText(one.rate) }));
}

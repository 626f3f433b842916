import { type Problem, refuse } from '@keyward/guard';
import { charge, type Money, maxMoney, noMoney } from '../money.ts';
import type { Catalogue } from '../prices/catalogue.ts';
import type { Price } from '../prices/price.ts';
import { rateAt } from '../prices/price-counts.ts';
import type { RateClass } from '../prices/rate-classes.ts';
import { type CountedClass, inputClasses, outputClasses } from '../token-classes.ts';

/** What bounds a call that has not been made yet. */
export interface CallBound {
  readonly provider: string | undefined;
  readonly model: string;
  /** As counted, or the bytes of the body: no token is shorter than one. */
  readonly inputTokensMax: number;
  /** `max_tokens` of all answers together, or the model's largest; undefined: nothing is known. */
  readonly outputTokensMax: number | undefined;
  /** Default 0: searches that the provider may charge for. */
  readonly webSearchesMax?: number;
  /** The classes that the call can use; all of them by default. Text alone makes for a closer bound. */
  readonly classes?: readonly CountedClass[];
}

/**
 * The most that the call can cost: all input at the highest rate of any kind of input, all output at that of any kind of
 * output, in whichever tier the input can reach. 422 where there is no price, or no bound of the answer.
 */
export function upperBound(catalogue: Catalogue, call: CallBound, atMs: number): Money | Problem {
  const price = catalogue.find(call.provider, call.model, atMs)?.price;
  if (price === undefined) return refuse('unpriced_model');
  if (call.outputTokensMax === undefined) {
    const message = 'Required under a hard budget: the longest answer of this model is not known';
    return refuse('invalid_request', { errors: [{ pointer: '/max_tokens', message }] });
  }
  const allowed = (classes: readonly CountedClass[]) =>
    classes.filter((name) => call.classes?.includes(name) ?? true);
  const input = highestRate(price, allowed(inputClasses), call.inputTokensMax);
  const output = highestRate(price, allowed(outputClasses), call.inputTokensMax);
  const hasNoRate =
    (input === undefined && call.inputTokensMax > 0) || (output === undefined && call.outputTokensMax > 0);
  if (hasNoRate) return refuse('unpriced_model');
  return charge(call.inputTokensMax, input ?? noMoney)
    .plus(charge(call.outputTokensMax, output ?? noMoney))
    .plus(
      charge(call.webSearchesMax ?? 0, highestRate(price, ['web_searches'], call.inputTokensMax) ?? noMoney),
    )
    .plus(highestRate(price, ['requests'], call.inputTokensMax) ?? noMoney);
}

/** Over all tiers that a call of at most so many input tokens can be in. */
function highestRate(price: Price, classes: readonly RateClass[], inputTokensMax: number): Money | undefined {
  const thresholds = [...price.rates.values()].flat().map(({ aboveInputTokens }) => aboveInputTokens);
  const inputs = new Set([
    0,
    ...thresholds.map((above) => above + 1).filter((input) => input <= inputTokensMax),
  ]);
  const rates = classes.flatMap((name) =>
    [...inputs].flatMap((input) => rateAt(price, name, input)?.rate ?? []),
  );
  return rates.length === 0 ? undefined : maxMoney(rates);
}

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { moneyText, rateFromCatalogue } from '../money.ts';
import type { RateClass } from './rate-classes.ts';
import type { SeedRate } from './seed.ts';

/** A model as the second source has it. */
export interface SecondPrice {
  readonly provider: string;
  readonly model: string;
  readonly rates: readonly SeedRate[];
  readonly outputTokensMax: number | undefined;
}

interface Figures {
  readonly input?: number | null;
  readonly output?: number | null;
  readonly cacheRead?: number | null;
  readonly cacheWrite?: number | null;
}

interface Entry extends Figures {
  readonly provider: string;
  readonly maxOutput?: number | null;
  readonly longContext?: Figures & { readonly threshold: number };
}

const classes = {
  input: 'input_tokens',
  output: 'output_tokens',
  cacheRead: 'cache_read_tokens',
  cacheWrite: 'cache_write_5m_tokens',
} as const satisfies Record<string, RateClass>;

let read: Promise<readonly SecondPrice[]> | undefined;

/** LiteLLM's map as `llm-prices` packs it: data, read once; its arithmetic is never called. Providers by its names. */
export function readLitellmPrices(): Promise<readonly SecondPrice[]> {
  read ??= load();
  return read;
}

async function load(): Promise<readonly SecondPrice[]> {
  const file = fileURLToPath(import.meta.resolve('llm-prices/data'));
  const { models } = JSON.parse(await readFile(file, 'utf8')) as { models: Record<string, Entry> };
  return Object.entries(models).map(([model, entry]) => ({
    provider: entry.provider,
    model,
    rates: [
      ...ratesOf(entry, 0),
      ...(entry.longContext ? ratesOf(entry.longContext, entry.longContext.threshold) : []),
    ],
    outputTokensMax: entry.maxOutput ?? undefined,
  }));
}

function ratesOf(figures: Figures, aboveInputTokens: number): SeedRate[] {
  return Object.entries(classes).flatMap(([name, rateClass]) => {
    const perMillion = figures[name as keyof Figures];
    if (perMillion === undefined || perMillion === null) return [];
    return [{ class: rateClass, aboveInputTokens, rate: moneyText(rateFromCatalogue(perMillion, 6)) }];
  });
}

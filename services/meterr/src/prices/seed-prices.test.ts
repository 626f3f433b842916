import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf, type MeterrUnderTest, meterrUnderTest, testNowMs } from '../testing/meterr-under-test.ts';
import { correctPrices, readCorrections } from './correct-prices.ts';
import { readGenaiPrices } from './read-genai-prices.ts';
import type { Seed } from './seed.ts';
import { applySeed, seedPrices } from './seed-prices.ts';

let meterr: MeterrUnderTest;
beforeAll(async () => {
  meterr = await meterrUnderTest();
});
afterAll(() => meterr[Symbol.asyncDispose]());

const ann = keyOf('ann');

async function countPrices(): Promise<number> {
  const { rows } = await meterr.database.orm.execute<{ n: number }>(
    sql`SELECT count(*)::int AS n FROM prices`,
  );
  return rows[0]?.n ?? -1;
}

/** The real catalogue with gpt-4 at another input price. */
async function seedWithGpt4At(rate: string, version: string): Promise<Seed> {
  const { models, ...rest } = await readGenaiPrices();
  const changed = correctPrices(models, await readCorrections()).map((model) =>
    model.provider === 'openai' && model.model === 'gpt-4'
      ? {
          ...model,
          periods: model.periods.map((period) => ({
            ...period,
            rates: period.rates.map((one) => (one.class === 'input_tokens' ? { ...one, rate } : one)),
          })),
        }
      : model,
  );
  return { ...rest, models: changed, version };
}

const perMillion = async (model: string, timestamp?: string) => {
  const body = { model, input_tokens: 1_000_000, ...(timestamp === undefined ? {} : { timestamp }) };
  const got = await meterr.call('recordUsage', ann, { body });
  return [got.body.cost, got.body.price_id];
};

describe('T4: the catalogue', () => {
  test('T4: seeding again changes nothing', async () => {
    const before = await countPrices();
    expect(await seedPrices(meterr.database, meterr.clock)).toBe(false);
    expect(await countPrices()).toBe(before);
  });

  test('T4: of nodes that seed at once, one does', async () => {
    const { models, ...rest } = await readGenaiPrices();
    const seed = { ...rest, models: correctPrices(models, await readCorrections()), version: 'at once' };
    const before = await countPrices();
    const applied = await Promise.all([1, 2, 3].map(() => applySeed(meterr.database, seed, testNowMs)));
    expect(applied.filter(Boolean)).toHaveLength(1);
    expect(await countPrices()).toBe(before);
  });

  test.each([
    ['gpt-4', '30.000000'],
    ['gpt-4-0613', '30.000000'],
    ['gpt-4-32k', '60.000000'],
    ['gpt-4-turbo', '10.000000'],
    ['gpt-3.5-turbo', '0.500000'],
    ['gpt-3.5-turbo-1106', '1.000000'],
    ['gpt-4o', '2.500000'],
    ['gpt-4o-2024-05-13', '5.000000'],
    ['openai/gpt-4o-mini', '0.150000'],
    ['gpt-5', '1.250000'],
    ['gpt-5.4', '5.000000'],
    ['o1', '15.000000'],
    ['o3', '2.000000'],
    ['claude-3-haiku-20240307', '0.250000'],
    ['claude-3-opus-latest', '15.000000'],
    ['claude-haiku-4-5', '1.000000'],
    ['claude-sonnet-4-5-20250929', '6.000000'],
    ['gemini-2.5-flash', '0.300000'],
    ['gemini-2.5-pro', '2.500000'],
    ['claude-3', null],
    ['gpt-4o-ultra', null],
  ])('T4: a million tokens into %s cost %s', async (model, cost) => {
    expect((await perMillion(model))[0]).toBe(cost);
  });

  test('T4: a price for hours of the day holds in those hours', async () => {
    const cost = async (time: string) => (await perMillion('deepseek-v4-flash', `2026-09-01T${time}Z`))[0];
    expect(await cost('00:59:59.999')).toBe('0.220000');
    expect(await cost('01:00:00')).toBe('0.440000');
    expect(await cost('03:59:59.999')).toBe('0.440000');
    expect(await cost('04:00:00')).toBe('0.220000');
    expect((await perMillion('deepseek-v4-flash', '2026-08-01T02:00:00Z'))[0]).toBe('0.140000');
  });

  test('T4: a changed price holds from then on, and the past keeps its own', async () => {
    const [, oldId] = await perMillion('gpt-4');
    meterr.clock.advance(10_000);
    const changedAt = meterr.clock.now();
    expect(await applySeed(meterr.database, await seedWithGpt4At('0.00004', 'dearer'), changedAt)).toBe(true);
    meterr.clock.advance(6_000);
    const at = (ms: number) => new Date(changedAt + ms).toISOString();
    const [cost, newId] = await perMillion('gpt-4', at(0));
    expect(cost).toBe('40.000000');
    expect(newId).not.toBe(oldId);
    expect(await perMillion('gpt-4', at(1))).toEqual([cost, newId]);
    expect(await perMillion('gpt-4', at(-1))).toEqual(['30.000000', oldId]);
    const history = await meterr.call('listPrices', ann, { query: { model: 'gpt-4' } });
    expect(history.list().map(({ id, valid_from, valid_to }) => [id, valid_from, valid_to])).toEqual([
      [newId, at(0), null],
      [oldId, null, at(0)],
    ]);
    expect(history.list()[0]).toMatchObject({ rates: { input_tokens: '0.00004', output_tokens: '0.00006' } });
  });

  test('T4: a node with older data, started later, does not bring old prices back', async () => {
    expect(await seedPrices(meterr.database, meterr.clock)).toBe(false);
    expect((await perMillion('gpt-4'))[0]).toBe('40.000000');
  });

  test('T4: tiers are listed with the price', async () => {
    const got = await meterr.call('listPrices', ann, { query: { model: 'gpt-5.4', provider: 'openai' } });
    expect(got.list()).toMatchObject([
      {
        rates: { input_tokens: '0.0000025', output_tokens: '0.000015' },
        tiers: [{ above_input_tokens: 272_000, rates: { input_tokens: '0.000005' } }],
      },
    ]);
    const none = await meterr.call('listPrices', ann, { query: { model: 'gpt-9-imaginary' } });
    expect(none.list()).toEqual([]);
  });

  test('T4: every rate of the library is read to its last digit', async () => {
    const { models } = await readGenaiPrices();
    const rates = models.flatMap(({ periods }) => periods.flatMap((period) => period.rates));
    expect(rates.length).toBeGreaterThan(3000);
    for (const { rate } of rates) expect(rate).toMatch(/^\d+(\.\d{1,18})?$/);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { charge, formatMoney, money, moneyText, rateFromCatalogue, sumMoney } from './money.ts';

const scale = 10n ** 18n;

/** The same decimal as an integer of 10^-18, by text alone. */
function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole) * scale + BigInt(fraction.padEnd(18, '0'));
}

/** Six decimals, half up, in integers: the oracle. */
function sixDecimals(value: bigint): string {
  const unit = 10n ** 12n;
  const rounded = (value + unit / 2n) / unit;
  return `${rounded / 1_000_000n}.${(rounded % 1_000_000n).toString().padStart(6, '0')}`;
}

const rates = fc.integer({ min: 0, max: 200_000_000 }).map((n) => {
  const digits = n.toString().padStart(13, '0');
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
});
const counts = fc.oneof(fc.nat(4000), fc.maxSafeNat());

describe('T2: money is exact', () => {
  test('T2: a charge is the exact product, for counts up to 2^53 − 1', () => {
    fc.assert(
      fc.property(counts, rates, (count, rate) => {
        expect(scaled(moneyText(charge(count, money(rate))))).toBe(BigInt(count) * scaled(rate));
      }),
    );
  });

  test('T2: the sum of charges does not depend on their order or grouping', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(counts, rates), { maxLength: 40 }), (calls) => {
        const charges = calls.map(([count, rate]) => charge(count, money(rate)));
        const half = Math.floor(charges.length / 2);
        const grouped = sumMoney([sumMoney(charges.slice(half)), sumMoney(charges.slice(0, half))]);
        const exact = calls.reduce((sum, [count, rate]) => sum + BigInt(count) * scaled(rate), 0n);
        expect(scaled(moneyText(grouped))).toBe(exact);
        expect(scaled(moneyText(sumMoney(charges)))).toBe(exact);
      }),
    );
  });

  test('T2: output is rounded half up to six decimals, as integers do it', () => {
    fc.assert(
      fc.property(counts, rates, (count, rate) => {
        const value = charge(count, money(rate));
        expect(formatMoney(value, 'six')).toBe(sixDecimals(BigInt(count) * scaled(rate)));
      }),
    );
  });

  test('T2: every count up to 4,000 at common rates rounds as integers do, where floats go wrong', () => {
    let floatsWrong = 0;
    for (const perMillion of [0.075, 0.15, 0.25, 0.3, 0.5, 0.6, 1.25, 2.5, 3.75]) {
      const rate = rateFromCatalogue(perMillion, 6);
      for (let count = 1; count < 4000; count++) {
        const exact = sixDecimals(BigInt(count) * scaled(moneyText(rate)));
        expect(formatMoney(charge(count, rate), 'six')).toBe(exact);
        if (((count * perMillion) / 1e6).toFixed(6) !== exact) floatsWrong += 1;
      }
    }
    expect(floatsWrong).toBeGreaterThan(1000);
  });

  test('T2: a million charges of one millionth are exactly one', () => {
    let sum = money('0');
    const one = money('0.000001');
    for (let i = 0; i < 1_000_000; i++) sum = sum.plus(one);
    expect(moneyText(sum)).toBe('1');
  });

  test('T2: catalogue numbers keep the digits that were written', () => {
    expect(moneyText(rateFromCatalogue(0.15, 6))).toBe('0.00000015');
    expect(moneyText(rateFromCatalogue(0.003625, 6))).toBe('0.000000003625');
    expect(moneyText(rateFromCatalogue(0.1 + 0.08, 6))).toBe('0.00000018');
    expect(moneyText(rateFromCatalogue(0.18000000000000002, 6))).toBe('0.00000018');
    expect(moneyText(rateFromCatalogue(0.08333333333333334, 6))).toBe('0.000000083333333333');
    expect(moneyText(rateFromCatalogue(1e-7, 6))).toBe('0.0000000000001');
  });

  test.each([
    ['0.0000005', '0.000001'],
    ['0.0000004999', '0.000000'],
    ['0.0012623', '0.001262'],
    ['1.0000015', '1.000002'],
    ['123456789012345678.1234565', '123456789012345678.123457'],
  ])('T2: %s is shown as %s', (exact, shown) => {
    expect(formatMoney(money(exact), 'six')).toBe(shown);
    expect(formatMoney(money(exact), 'all')).toBe(exact);
  });
});

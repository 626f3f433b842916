import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tellsUsage } from './tells-usage.ts';

const words = fc.constantFrom('usage', '"usage":null', 'usage":null', 'no "usage"', 'word', '');
const usage = fc.constantFrom(undefined, null, { total_tokens: 3 }, {}, 7);

test('T6: an event that tells its usage is never passed over, whatever words stand around it', () => {
  fc.assert(
    fc.property(words, usage, usage, fc.boolean(), (content, within, beside, isFirst) => {
      const choices = [{ delta: { content }, usage: within }];
      const value = isFirst ? { usage: beside, choices } : { choices, usage: beside };
      const isTold = [within, beside].some((told) => told !== undefined && told !== null);
      if (isTold) expect(tellsUsage(`data: ${JSON.stringify(value)}\n\n`)).toBe(true);
    }),
  );
});

test('T6: an event that only says that it is not the last is passed over', () => {
  expect(tellsUsage('data: {"choices":[{"delta":{"content":"a"}}],"usage":null}\n\n')).toBe(false);
  expect(tellsUsage('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')).toBe(false);
});

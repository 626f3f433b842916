import { expect, test, vi } from 'vitest';
import { remember } from './remember.ts';

test('L5: recent answers are not worked out again, and no more than two generations are kept', () => {
  const compute = vi.fn((text: string) => text === 'yes');
  const remembered = remember(10, compute);
  for (let i = 0; i < 3; i++) expect([remembered('yes'), remembered('no')]).toEqual([true, false]);
  expect(compute).toHaveBeenCalledTimes(2);
  for (let i = 0; i < 8; i++) remembered(`other ${i}`);
  remembered('new generation');
  remembered('yes');
  expect(compute).toHaveBeenCalledTimes(11);
  for (let i = 0; i < 30; i++) remembered(`flood ${i}`);
  remembered('yes');
  expect(compute).toHaveBeenCalledTimes(42);
});

import { expect, test } from 'vitest';
import { limitChoices } from './limit-choices.ts';

test('L5: by default nodes take permits ahead and go on without Redis', () => {
  const problems: string[] = [];
  expect(limitChoices({}, problems)).toEqual({ limitLeases: true, limitsWhenAway: 'local' });
  const plain = { LIMIT_LEASES: 'off', LIMITS_WHEN_STORE_IS_AWAY: 'refuse' };
  expect(limitChoices(plain, problems)).toEqual({ limitLeases: false, limitsWhenAway: 'refuse' });
  expect(problems).toEqual([]);
});

test.each([
  [{ LIMIT_LEASES: 'yes' }, 'LIMIT_LEASES must be one of on, off, not yes.'],
  [
    { LIMITS_WHEN_STORE_IS_AWAY: 'deny' },
    'LIMITS_WHEN_STORE_IS_AWAY must be one of local, refuse, not deny.',
  ],
  [{ LIMIT_LEASES: 'off', LIMITS_WHEN_STORE_IS_AWAY: 'local' }, 'needs LIMIT_LEASES=on'],
])('D3: %j is named as a problem', (values, problem) => {
  const problems: string[] = [];
  limitChoices(values, problems);
  expect(problems).toEqual([expect.stringContaining(problem)]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordedPath } from './request-entry.ts';

test.each([
  ['/a', '', '/a'],
  ['/a', '?limit=5&cursor=x', '/a?limit=5&cursor=x'],
  ['/a', '?token=abc&x=1', '/a?token=****&x=1'],
  ['/a', '?%74oken=abc&%2570assword=x&api%5Fkey=y', '/a?%74oken=****&%2570assword=****&api%5Fkey=****'],
  ['/a', '?x=1&reset_token=abc&API_KEY=d', '/a?x=1&reset_token=****&API_KEY=****'],
  [
    '/a',
    '?code=1&state=2&sig=3&signature=4&password=5',
    '/a?code=****&state=****&sig=****&signature=****&password=****',
  ],
  ['/a', '?token_id=7&token_ids=7,8&token_id_token=x', '/a?token_id=7&token_ids=7,8&token_id_token=****'],
  ['/t/sk-meterr_live_abcdefghijklmnopqrstuvwxyz012345', '', '/t/sk-met...2345'],
  ['/a', '?q=sk-meterr_live_abcdefghijklmnopqrstuvwxyz012345', '/a?q=sk-met...2345'],
])('A1: %s%s is recorded as %s', (path, search, recorded) =>
  expect(recordedPath(path, search)).toBe(recorded),
);

test('A1: whatever is asked, what is recorded is bounded', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 5000 }), fc.string({ maxLength: 5000 }), (path, search) => {
      expect(recordedPath(`/${path}`, `?${search}`).length).toBeLessThanOrEqual(2048);
    }),
  );
});

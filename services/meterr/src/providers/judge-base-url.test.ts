import { expect, test } from 'vitest';
import { judgeBaseUrl } from './judge-base-url.ts';

const policy = { baseUrls: ['https://ai.example.com/v1'], testKeysMayPay: false };

test.each([
  [undefined, 'live', 'https://api.openai.com/v1'],
  ['https://api.openai.com/v1/', 'live', 'https://api.openai.com/v1'],
  ['https://ai.example.com/v1', 'live', 'https://ai.example.com/v1'],
  ['https://ai.example.com/v1/', 'test', 'https://ai.example.com/v1'],
] as const)('T6: %s may be called by %s keys', (wanted, environment, baseUrl) => {
  expect(judgeBaseUrl('openai', wanted, environment, policy)).toEqual({ baseUrl });
});

test.each([
  [undefined, 'test'],
  ['https://api.openai.com/v1', 'test'],
  ['https://api.anthropic.com', 'live'],
  ['https://ai.example.com', 'live'],
  ['https://ai.example.com/v1/../admin', 'live'],
  ['https://ai.example.com.evil.example/v1', 'live'],
  ['https://evil.example@ai.example.com/v1', 'live'],
  ['http://ai.example.com/v1', 'live'],
  ['http://169.254.169.254/latest/meta-data', 'live'],
] as const)('T6: %s is not called by %s keys', (wanted, environment) => {
  expect(judgeBaseUrl('openai', wanted, environment, policy)).toHaveProperty('wrong');
});

test('T6: the operator may let test keys pay', () => {
  expect(judgeBaseUrl('openai', undefined, 'test', { ...policy, testKeysMayPay: true })).toHaveProperty(
    'baseUrl',
  );
});

import { expect, test } from 'vitest';
import { pinningChoices } from './pinning-choices.ts';

function choose(values: Record<string, string>) {
  const problems: string[] = [];
  return { ...pinningChoices(values, problems), problems };
}

test('N6: without settings nothing is pinned; with them each provider has its own', () => {
  expect(choose({})).toMatchObject({ pinning: { pinata: undefined, service: undefined }, problems: [] });
  const both = choose({
    PINATA_JWT: 'eyJhbGciOi.x.y',
    PINATA_REQUESTS_PER_MINUTE: '250',
    PINNING_SERVICE_URL: 'https://pins.example.com/psa/',
    PINNING_SERVICE_TOKEN: 'service-token',
    PINNING_SERVICE_ORIGINS: '/dns4/ipfs.example.com/tcp/4001, /ip4/192.0.2.1/tcp/4001',
    PINNING_DELAY: '5m',
  });
  expect(both.problems).toEqual([]);
  expect(both.pinning).toMatchObject({
    pinata: { requestsPerMinute: 250 },
    service: { url: 'https://pins.example.com/psa', requestsPerMinute: 60 },
    settleMs: 300_000,
    auditEveryMs: 86_400_000,
  });
  expect(both.pinning.service?.origins).toHaveLength(2);
});

test.each([
  ['PINATA_JWT', 'two words and more'],
  ['PINNING_SERVICE_URL', 'https://pins.example.com'],
  ['PINNING_SERVICE_TOKEN', 'alone-alone'],
  ['PINATA_API_URL', 'http://pinata.example.com'],
  ['PINNING_GATEWAY_URL', 'https://user:pass@gateway.example.com'],
  ['PINATA_REQUESTS_PER_MINUTE', '0'],
  ['PINNING_GATEWAY_REQUESTS_PER_MINUTE', '0'],
  ['PINNING_DELAY', 'soon'],
  ['PINNING_SERVICE_ORIGINS', 'ipfs.example.com'],
])('D3: %s=%s is refused, and no secret is repeated', (name, value) => {
  const { problems } = choose({ [name]: value });
  expect(problems).toHaveLength(1);
  if (name.endsWith('JWT') || name.endsWith('TOKEN')) expect(problems[0]).not.toContain(value);
});

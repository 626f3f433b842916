import { expect, test } from 'vitest';
import { readCredential } from './credentials.ts';

const key = `sk-meterr_live_${'a'.repeat(32)}`;
const other = `sk-meterr_live_${'b'.repeat(32)}`;
const read = (headers: Record<string, string>, search = '') => {
  const result = readCredential(new Headers(headers), search);
  return typeof result === 'string' ? result : result.code;
};

test.each([
  [{ authorization: `Bearer ${key}` }, key],
  [{ authorization: `bearer   ${key}` }, key],
  [{ 'x-api-key': key }, key],
  [{ authorization: `Bearer ${key}`, 'x-api-key': key }, key],
  [{ authorization: `Bearer ${key}`, 'x-api-key': other }, 'conflicting_credentials'],
  [{ authorization: `Bearer ${key}, Bearer ${key}` }, 'conflicting_credentials'],
  [{ 'x-api-key': `${key}, ${other}` }, 'conflicting_credentials'],
  [{ authorization: `Basic ${btoa(key)}` }, 'unsupported_scheme'],
  [{ authorization: key }, 'unsupported_scheme'],
  [{ authorization: 'Bearer' }, 'unsupported_scheme'],
  [{ authorization: `Bearer ${key} ${key}` }, 'unsupported_scheme'],
  [{ authorization: '', 'x-api-key': key }, 'unsupported_scheme'],
  [{}, 'missing_credentials'],
  [{ 'x-api-key': '' }, 'missing_credentials'],
])('K14: %j is read as %s', (headers, expected) => expect(read(headers)).toBe(expected));

test.each([
  `?api_key=${key}`,
  '?apikey=x',
  '?a=1&x-api-key=x',
  `?anything=${key}`,
  `?a=${key.replace('-', '%2D')}`,
])('K14: a key in the URL (%s) is refused even beside a good one', (search) =>
  expect(read({ 'x-api-key': key }, search)).toBe('key_in_url'),
);

test('K14: a query that only looks alike is left alone', () => {
  expect(read({ 'x-api-key': key }, '?search=task-force&monkey=1')).toBe(key);
});

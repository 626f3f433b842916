import { expect, test } from 'vitest';
import { answerHeaders, requestHeaders } from './forwarded-headers.ts';

test('T6: the provider gets what the caller says to it, and nothing of ours', () => {
  const headers = {
    authorization: 'Bearer ours',
    'x-api-key': 'ours',
    cookie: 'a=1',
    connection: 'keep-alive, x-hop',
    'x-hop': '1',
    'x-forwarded-for': '10.0.0.1',
    'transfer-encoding': 'chunked',
    'anthropic-version': '2023-06-01',
    'accept-encoding': 'gzip',
    'content-type': 'application/json',
    'x-meterr-tags': 'team=a',
  };
  const sent = (mustBeReadable: boolean) => {
    const flat = requestHeaders(headers, ['x-api-key', 'theirs'], mustBeReadable);
    return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]]] : [])));
  };
  expect(sent(false)).toEqual({
    'anthropic-version': '2023-06-01',
    'accept-encoding': 'gzip',
    'content-type': 'application/json',
    'x-api-key': 'theirs',
  });
  expect(sent(true)).toMatchObject({ 'accept-encoding': 'identity' });
});

test('T6: the caller gets the answer as it came, without cookies, and ours stay ours', () => {
  expect(
    answerHeaders({
      'content-type': 'application/json',
      'set-cookie': ['session=1'],
      connection: 'close, x-hop',
      'x-hop': '1',
      'content-length': '7',
      'cache-control': 'public',
      'access-control-allow-origin': '*',
      'x-ratelimit-limit': '5',
      'x-ratelimit-limit-requests': '60',
      'retry-after': '3',
      'x-note': ['one', 'two'],
      'x-request-id': 'req_1',
    }),
  ).toEqual({
    'content-type': 'application/json',
    'x-ratelimit-limit-requests': '60',
    'retry-after': '3',
    'x-note': 'one, two',
    'x-upstream-request-id': 'req_1',
  });
});

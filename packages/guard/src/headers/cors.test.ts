import { expect, test } from 'vitest';
import { createCors } from './cors.ts';
import { parseOrigin } from './origin.ts';

const cors = createCors({ origins: ['https://app.example.com', 'http://localhost:3000'] });

test('C1: a configured origin is named back, exactly, with the headers it may read', () => {
  const headers = cors.headers('https://app.example.com', false);
  expect(headers['access-control-allow-origin']).toBe('https://app.example.com');
  expect(headers['access-control-allow-credentials']).toBeUndefined();
  expect(headers['access-control-expose-headers']).toContain('Retry-After');
  expect(headers.vary).toBe('Origin');
});

test.each([
  'https://app.example.com.evil.io',
  'http://app.example.com',
  'https://app.example.com:444',
  'null',
  'https://evil.io/#app.example.com',
  'https://APP.example.com',
  'https://xapp.example.com',
  '*',
  '',
])('C1: %j gets no CORS header', (origin) => {
  expect(cors.headers(origin, false)).toEqual({ vary: 'Origin' });
  expect(cors.preflightHeaders(origin, false)).toEqual({ vary: 'Origin' });
});

test('C1: a public route answers any origin, without credentials', () => {
  expect(cors.headers('https://anybody.example', true)['access-control-allow-origin']).toBe('*');
});

test('C1: a preflight names methods, headers and how long it holds', () => {
  const headers = cors.preflightHeaders('http://localhost:3000', false);
  expect(headers['access-control-allow-methods']).toBe('GET, POST, PUT, PATCH, DELETE, OPTIONS');
  expect(headers['access-control-max-age']).toBe('86400');
  for (const name of ['X-API-Key', 'Idempotency-Key', 'If-Match', 'Upload-Offset']) {
    expect(headers['access-control-allow-headers']).toContain(name);
  }
});

test.each([
  'https://a.example/',
  'https://a.example/x',
  'ftp://a.example',
  'https://u:p@a.example',
  'a.example',
  'https://*.example',
  'https://a.example:443',
])('C1: %s in the list is refused at start', (origin) =>
  expect(() => createCors({ origins: [origin] })).toThrow('is no origin'),
);

test('C1: an origin in canonical form is read as itself', () => {
  expect(parseOrigin('http://[::1]:3000')).toBe('http://[::1]:3000');
  expect(parseOrigin('null')).toBeUndefined();
});

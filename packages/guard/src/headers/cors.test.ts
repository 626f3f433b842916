import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Route, verbatimBody } from '../route.ts';
import { createCors } from './cors.ts';
import { parseOrigin } from './origin.ts';

const cors = createCors({ origins: ['https://app.example.com', 'http://localhost:3000'] });

const publicRoute: Route = {
  method: 'GET',
  path: '/a',
  summary: 'A',
  access: { kind: 'public' },
  limit: 'none',
  audit: { action: 'a' },
  request: {},
  responses: {},
  errors: [],
};

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
  expect(cors.preflightHeaders(origin, [], null)).toEqual({ vary: 'Origin' });
});

test('C1: a public route answers any origin, without credentials', () => {
  expect(cors.headers('https://anybody.example', true)['access-control-allow-origin']).toBe('*');
});

test('C1: a preflight names methods, headers and how long it holds', () => {
  const headers = cors.preflightHeaders('http://localhost:3000', [], null);
  expect(headers['access-control-allow-methods']).toBe('GET, POST, PUT, PATCH, DELETE, OPTIONS');
  expect(headers['access-control-max-age']).toBe('86400');
  for (const name of ['X-API-Key', 'Idempotency-Key', 'If-Match', 'Upload-Offset']) {
    expect(headers['access-control-allow-headers']).toContain(name);
  }
});

test('C1: a preflight allows what the routes of its path declare, too', () => {
  const request = { headers: z.object({ 'x-tags': z.string().max(9), 'if-match': z.string().max(9) }) };
  const route = {
    ...publicRoute,
    access: { kind: 'key' },
    request,
    credentialHeader: 'x-goog-api-key',
  } as const;
  const allowed = cors.preflightHeaders('http://localhost:3000', [route], 'x-other');
  const names = allowed['access-control-allow-headers']?.split(', ') ?? [];
  expect(names.slice(-2)).toEqual(['x-tags', 'x-goog-api-key']);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  expect(cors.preflightHeaders('https://evil.io', [route], 'x-other')).toEqual({ vary: 'Origin' });
  expect(cors.preflightHeaders('https://evil.io', [publicRoute], null)).toMatchObject({
    'access-control-allow-origin': '*',
  });
});

test('C1: what hands requests on as they come takes the headers that are asked for, and only names', () => {
  const request = { body: verbatimBody(1) };
  const route = { ...publicRoute, access: { kind: 'key' }, request } as const;
  const asked = `x-stainless-os, anthropic-version,x-api-key,a b,x\r\nset-cookie: a, ${'x'.repeat(65)},*`;
  const allowed = cors.preflightHeaders('http://localhost:3000', [route], asked);
  const names = allowed['access-control-allow-headers']?.split(', ').slice(-3);
  expect(names).toEqual(['Upload-Checksum', 'x-stainless-os', 'anthropic-version']);
  const many = Array.from({ length: 5_000 }, (_, at) => `x-${at}`).join(',');
  expect(
    cors.preflightHeaders('http://localhost:3000', [route], many)['access-control-allow-headers']?.length,
  ).toBeLessThan(1_000);
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

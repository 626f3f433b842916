import { expect, test } from 'vitest';
import { securityHeaders, withSecurityHeaders } from './security-headers.ts';

test('H1: every header has the value that the checklists and their corrections ask for', () => {
  expect(securityHeaders()).toEqual({
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': 'geolocation=(), microphone=(), camera=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-xss-protection': '0',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  expect(securityHeaders({ hstsPreload: true })['strict-transport-security']).toMatch(/; preload$/);
});

test('X3: headers are added to a response of another framework; its own stay, its server name goes', async () => {
  const response = withSecurityHeaders(
    new Response('hello', {
      status: 201,
      headers: { 'x-frame-options': 'SAMEORIGIN', server: 'x', 'x-powered-by': 'y' },
    }),
  );
  expect(response.status).toBe(201);
  expect(await response.text()).toBe('hello');
  expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.has('server') || response.headers.has('x-powered-by')).toBe(false);
});

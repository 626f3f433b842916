import { expect, test } from 'vitest';
import { z } from 'zod';
import { isProblem, json } from './reply.ts';
import { defineRoute } from './route.ts';
import { createRouter } from './router.ts';
import type { AnyService } from './service.ts';

const get = (path: string) =>
  defineRoute({
    method: 'GET',
    path,
    summary: path,
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'read' },
    request: { params: z.object({}) },
    responses: {},
    errors: [],
  });

function routerOf(...paths: string[]) {
  const contract = Object.fromEntries(paths.map((path) => [path, get(path)]));
  const handlers = Object.fromEntries(paths.map((path) => [path, () => json(200)]));
  const service: AnyService = { name: 'shop', title: 'Shop', scopes: {}, contract, handlers };
  const router = createRouter([service]);
  return (path: string) => {
    const found = router.match('GET', path);
    return isProblem(found) ? found.code : [found.mounted.route.path, { ...found.params }];
  };
}

test('a word goes before a parameter, whatever stands behind it and in whatever order they are declared', () => {
  const find = routerOf(
    '/keys/:id',
    '/keys/:id/history',
    '/keys/rotations/:id',
    '/keys/rotations/:id/keys',
    '/keys/all',
  );
  expect(find('/keys/all')).toEqual(['/keys/all', {}]);
  expect(find('/keys/rotations')).toEqual(['/keys/:id', { id: 'rotations' }]);
  expect(find('/keys/rotations/7')).toEqual(['/keys/rotations/:id', { id: '7' }]);
  expect(find('/keys/rotations/history')).toEqual(['/keys/rotations/:id', { id: 'history' }]);
  expect(find('/keys/rotations/7/keys')).toEqual(['/keys/rotations/:id/keys', { id: '7' }]);
  expect(find('/keys/7/history')).toEqual(['/keys/:id/history', { id: '7' }]);
  expect(find('/keys/rotations/7/history')).toBe('not_found');
  expect(find('/')).toBe('not_found');
});

test('a parameter that takes all that follows begins behind its word', () => {
  const find = routerOf('/:shop', '/proxy/one/:path{.+}', '/proxy/:which/status');
  expect(find('/proxy/one/v1/models/a:b')).toEqual(['/proxy/one/:path{.+}', { path: 'v1/models/a:b' }]);
  expect(find('/proxy/two/status')).toEqual(['/proxy/:which/status', { which: 'two' }]);
  expect(find('/proxy/one/')).toBe('not_found');
  expect(find('/corner')).toEqual(['/:shop', { shop: 'corner' }]);
});

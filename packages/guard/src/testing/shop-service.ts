import { z } from 'zod';
import { bytes, json, refuse } from '../reply.ts';
import { defineRoute, jsonBody } from '../route.ts';
import { defineService } from '../service.ts';

const contract = {
  buy: defineRoute({
    method: 'POST',
    path: '/shop/orders',
    summary: 'Buy something',
    access: { kind: 'scopes', scopes: ['orders:write', 'stock:read'] },
    limit: 'key',
    audit: { action: 'orders.create', objectType: 'order' },
    request: {
      body: jsonBody(z.strictObject({ item: z.string().max(50), count: z.int().min(1).max(9) }), {
        bytesMax: 1000,
      }),
    },
    responses: { 201: { description: 'Bought.' } },
    errors: [],
  }),
  order: defineRoute({
    method: 'GET',
    path: '/shop/orders/:id',
    summary: 'One order',
    access: { kind: 'scopes', scopes: ['stock:read'] },
    limit: [{ limit: 2, windowMs: 60_000 }],
    audit: { action: 'orders.read', objectType: 'order' },
    request: {
      params: z.strictObject({ id: z.string().max(20) }),
      query: z.strictObject({ full: z.enum(['yes', 'no']).optional() }),
    },
    responses: { 200: { description: 'The order.' } },
    errors: ['not_found'],
  }),
  audit: defineRoute({
    method: 'GET',
    path: '/shop/books',
    summary: 'The books',
    access: { kind: 'scopes', scopes: ['stock:read'], role: 'admin' },
    limit: 'key',
    audit: { action: 'books.read' },
    request: {},
    responses: { 200: { description: 'The books.' } },
    errors: [],
  }),
  window: defineRoute({
    method: 'GET',
    path: '/shop/window',
    summary: 'What everybody sees',
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'window.read' },
    request: {},
    responses: { 200: { description: 'The window.' } },
    errors: [],
  }),
  pulse: defineRoute({
    method: 'GET',
    path: '/shop/pulse',
    summary: 'Whether it is open',
    access: { kind: 'anybody' },
    limit: 'none',
    audit: { unrecorded: 'asked all the time' },
    request: {},
    responses: { 200: { description: 'It is.' } },
    errors: [],
  }),
};

/** A small service for tests of the guard: a route of each kind of access. */
export const shopService = defineService({
  name: 'shop',
  title: 'Shop',
  scopes: { 'orders:write': 'Buy', 'stock:read': 'Look' },
  contract,
  handlers: {
    buy({ body }, context) {
      if (body.item === 'explosive') throw new Error('the secret recipe is in /etc/recipe');
      context.audited('order-1');
      return json(201, { id: 'order-1', ...body }, { location: '/shop/orders/order-1' });
    },
    order: ({ params, query }) =>
      params.id === 'order-1' ? json(200, { ...params, ...query }) : refuse('not_found'),
    audit: () => json(200, { books: [] }),
    window: () =>
      bytes(200, 'hello', { 'content-type': 'text/plain', 'cache-control': 'public, max-age=60' }),
    pulse: () => json(200, { open: true }),
  },
});

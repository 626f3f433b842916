import { expect, test } from 'vitest';
import { z } from 'zod';
import { json } from './reply.ts';
import { defineRoute } from './route.ts';
import { defineService } from './service.ts';

const whole = {
  method: 'GET',
  path: '/x/:id',
  summary: 'x',
  access: { kind: 'scopes', scopes: ['x:read'] },
  limit: 'key',
  audit: { action: 'x.read' },
  request: { params: z.strictObject({ id: z.string().max(9) }) },
  responses: {},
  errors: [],
} as const;

// What must not type-check is said so to the type checker: `tsc -b` fails when one of these does.
test('R2: a route without a declaration of who may call it, its limit or its audit action does not type-check', () => {
  const { access: _access, ...withoutAccess } = whole;
  const { limit: _limit, ...withoutLimit } = whole;
  const { audit: _audit, ...withoutAudit } = whole;
  // @ts-expect-error: who may call it is missing
  const first = defineRoute(withoutAccess);
  // @ts-expect-error: the limit is missing
  const second = defineRoute(withoutLimit);
  // @ts-expect-error: the audit action is missing
  const third = defineRoute(withoutAudit);
  // @ts-expect-error: a scoped route needs at least one scope
  const fourth = defineRoute({ ...whole, access: { kind: 'scopes', scopes: [] } });
  expect([first, second, third, fourth]).toHaveLength(4);
});

test('R2: a service without a handler for a route, or with one of another shape, does not type-check', () => {
  const contract = { read: defineRoute(whole) };
  const service = { name: 'x', title: 'X', scopes: { 'x:read': 'Read' }, contract };
  // @ts-expect-error: the handler is missing
  const first = defineService({ ...service, handlers: {} });
  const second = defineService({
    ...service,
    // @ts-expect-error: the route has no query
    handlers: { read: ({ query }) => json(200, query.nothing) },
  });
  const good = defineService({
    ...service,
    handlers: { read: ({ params }, { caller }) => json(200, [params.id.length, caller.userId.length]) },
  });
  expect([first, second, good]).toHaveLength(3);
});

import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Redis } from 'ioredis';
import { betterAuthPool, createBetterAuthKeys, openBetterAuth } from '../better-auth/open-better-auth.ts';
import { orderPath, orderSchema, placeOrder } from './order.ts';
import { reportToParent } from './report-to-parent.ts';
import { serverSettings } from './settings.ts';
import { auditTable, recordRequest } from './usual-audit.ts';

// P3: Hono with Better Auth's key plugin, its own limits and scopes, and an audit row written on each request.
const { databaseUrl, redisUrl, limits } = serverSettings();
const pool = await betterAuthPool(databaseUrl, 20);
await pool.query(auditTable);
const redis = limits === 'redis' ? new Redis(redisUrl) : undefined;
const auth = openBetterAuth({ pool, limitsAreOn: true, ...(redis && { redis }) });
const keys = await createBetterAuthKeys(auth, 1_000);

const app = new Hono();
app.post(orderPath, async (context) => {
  const { valid, key } = await auth.api.verifyApiKey({
    body: { key: context.req.header('x-api-key') ?? '', permissions: { orders: ['write'] } },
  });
  if (!valid || key === null) return context.json({ error: 'invalid key' }, 401);
  const order = orderSchema.safeParse(await context.req.json());
  const status = order.success ? 200 : 422;
  await recordRequest(pool, {
    userId: key.referenceId,
    keyId: key.id,
    method: context.req.method,
    path: context.req.path,
    status,
    ip: '127.0.0.1',
    userAgent: context.req.header('user-agent'),
    requestId: randomUUID(),
  });
  return order.success
    ? context.json(placeOrder(order.data))
    : context.json({ error: order.error.issues }, 422);
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
  reportToParent({ url: `http://127.0.0.1:${port}`, keys }),
);

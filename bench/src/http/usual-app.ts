import { join } from 'node:path';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { orderPath, orderSchema, placeOrder } from './order.ts';
import type { ServerSettings } from './settings.ts';
import { recordRequest } from './usual-audit.ts';

export interface UsualKey {
  readonly id: string;
  readonly user_id: string;
  readonly scopes: readonly string[];
}

/** What one assembles today: plug-ins for headers, CORS and limits, a log line, and an awaited audit row for each request. */
export async function createUsualApp(
  { databaseUrl, redisUrl, folder }: ServerSettings,
  findKey: (text: string, pool: pg.Pool) => Promise<UsualKey | undefined>,
) {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const redis = new Redis(redisUrl, { connectTimeout: 500, maxRetriesPerRequest: 1 });
  const app = Fastify({ logger: { level: 'info', file: join(folder, 'usual-assembly.log') } });
  const keyOf = (request: FastifyRequest): string => String(request.headers['x-api-key']);

  await app.register(helmet);
  await app.register(cors, { origin: ['https://app.example.com'] });
  await app.register(rateLimit, { max: 1_000_000_000, timeWindow: '1 hour', redis, keyGenerator: keyOf });

  app.post(orderPath, async (request, reply) => {
    const key = await findKey(keyOf(request), pool);
    if (key === undefined) return reply.code(401).send({ error: 'invalid key' });
    if (!key.scopes.includes('orders:write')) return reply.code(403).send({ error: 'missing scope' });
    const order = orderSchema.safeParse(request.body);
    const status = order.success ? 200 : 422;
    await recordRequest(pool, {
      userId: key.user_id,
      keyId: key.id,
      method: request.method,
      path: request.url,
      status,
      ip: request.ip,
      userAgent: request.headers['user-agent'],
      requestId: request.id,
    });
    return order.success ? placeOrder(order.data) : reply.code(status).send({ error: order.error.issues });
  });
  return app;
}

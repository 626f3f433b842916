import { hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { orderPath, orderSchema, placeOrder } from './order.ts';
import { reportToParent } from './report-to-parent.ts';
import { serverSettings } from './settings.ts';

// What one assembles today: plug-ins for headers, CORS and limits, the key read and the audit row written on each request.
const { databaseUrl, redisUrl, folder } = serverSettings();
const pool = new pg.Pool({ connectionString: databaseUrl });
const redis = new Redis(redisUrl, { connectTimeout: 500, maxRetriesPerRequest: 1 });
const app = Fastify({ logger: { level: 'info', file: join(folder, 'usual-assembly.log') } });
const keyOf = (request: FastifyRequest): string => String(request.headers['x-api-key']);

await app.register(helmet);
await app.register(cors, { origin: ['https://app.example.com'] });
await app.register(rateLimit, { max: 1_000_000_000, timeWindow: '1 hour', redis, keyGenerator: keyOf });

app.post(orderPath, async (request, reply) => {
  const key = await findKey(keyOf(request));
  if (key === undefined) return reply.code(401).send({ error: 'invalid key' });
  if (!key.scopes.includes('orders:write')) return reply.code(403).send({ error: 'missing scope' });
  const order = orderSchema.safeParse(request.body);
  const status = order.success ? 200 : 422;
  await recordRequest(request, key, status);
  return order.success ? placeOrder(order.data) : reply.code(status).send({ error: order.error.issues });
});

interface Key {
  readonly id: string;
  readonly user_id: string;
  readonly scopes: readonly string[];
}

async function findKey(text: string): Promise<Key | undefined> {
  const { rows } = await pool.query<Key>(
    'SELECT id, user_id, scopes FROM usual_keys WHERE hash = $1 AND is_active',
    [hash('sha256', text)],
  );
  return rows[0];
}

async function recordRequest(request: FastifyRequest, key: Key, status: number): Promise<void> {
  await pool.query(
    `INSERT INTO usual_audit (id, created_at, user_id, key_id, method, path, status, ip, user_agent, request_id, action)
     VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      randomUUID(),
      key.user_id,
      key.id,
      request.method,
      request.url,
      status,
      request.ip,
      request.headers['user-agent'],
      request.id,
      'orders.create',
    ],
  );
}

reportToParent({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });

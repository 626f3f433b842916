import { defineService, memoryLimits } from '@keyward/guard';
import { createTestDatabase, createTestGuard, fakeClock, type TestDatabase } from '@keyward/guard/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keysContract } from './contract.ts';
import { verifyKey } from './verify-key.ts';

const { verifyKey: route } = keysContract;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `INSERT INTO users (id, name, email) VALUES ('owner-1', 'Ada', 'ada@example.com')`,
  );
});
afterAll(() => database[Symbol.asyncDispose]());

/** A guard with this one route; it and the route share their limits. */
function setUp() {
  const clock = fakeClock();
  const limits = memoryLimits({ clock });
  const service = defineService({
    name: 'shop',
    title: 'Shop',
    scopes: { 'stock:read': 'Look' },
    contract: { verifyKey: route },
    handlers: { verifyKey: (_input, context) => verifyKey({ database, limits, clock }, context) },
  });
  return createTestGuard([service], { clock, limits });
}

test('K11: a holder is told what its key may do, how long and how often, and it costs neither a permit nor a use', async () => {
  const guard = setUp();
  const nowMs = guard.clock.now();
  const { key, row } = guard.issueKey({
    scopes: ['stock:read'],
    limits: [{ limit: 3, windowMs: 60_000 }],
    allowedIps: ['203.0.113.0/24'],
    expiresAt: new Date(nowMs + 5_000),
    graceEndsAt: new Date(nowMs + 4_000),
    usesId: 'count',
    usesMax: 2,
    used: 1,
  });
  await database.pool.query(`INSERT INTO key_uses VALUES ('count', 2, 1)`);
  await database.pool.query(`INSERT INTO api_key_counts VALUES ($1, 12, 3)`, [row.id]);
  await database.pool.query(
    `INSERT INTO api_keys (id, user_id, name, service, environment, prefix, last_four, scopes, limits, allowed_ips,
       created_at, expires_at, grace_ends_at, uses_id)
     VALUES ($1, 'owner-1', 'k', 'shop', 'live', $2, $3, '{stock:read}', '[{"limit":3,"windowMs":60000}]',
       '{203.0.113.0/24}', $4, $5, $6, 'count')`,
    [row.id, row.prefix, row.lastFour, row.createdAt, row.expiresAt, row.graceEndsAt],
  );
  for (let asked = 0; asked < 10; asked += 1) {
    const response = await guard.send('/v1/auth/verify', { headers: { 'x-api-key': key } });
    expect(response.status).toBe(200);
    const body = await response.json();
    expect(body).toMatchObject({
      valid: true,
      uses_left: 1,
      rate_limit: { limit: 3, remaining: 3 },
      key: {
        status: 'rotating',
        scopes: ['stock:read'],
        allowed_ips: ['203.0.113.0/24'],
        allowed_origins: null,
        expires_at: new Date(nowMs + 5_000).toISOString(),
        uses: { max: 2, used: 1 },
        request_count: 12,
        error_count: 3,
        rotation: {
          every_days: 90,
          grace_ends_at: new Date(nowMs + 4_000).toISOString(),
          successor_id: null,
        },
      },
    });
    expect(route.responses[200].schema.strict().parse(body)).toEqual(body);
  }
  const { rows } = await database.pool.query('SELECT used FROM key_uses');
  expect(Number(rows[0].used)).toBe(1);
});

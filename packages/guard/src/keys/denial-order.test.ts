import { expect, test } from 'vitest';
import type { LimitStore } from '../limits/limit-store.ts';
import { memoryLimits } from '../limits/memory-limits.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { shopService } from '../testing/shop-service.ts';
import { createTestGuard } from '../testing/test-guard.ts';
import type { StoredKey } from './stored-key.ts';

interface Denial {
  readonly name: string;
  readonly code: string;
  readonly status: number;
  readonly row?: Partial<StoredKey>;
  readonly headers?: Record<string, string>;
  /** Spends the key's windows before the call. */
  readonly limitIsSpent?: true;
}

const past = new Date(Date.UTC(2025, 0, 1));

/** Every reason for which a stored key is refused, in the order that docs/api-keys.md gives (K6). */
const denials: readonly Denial[] = [
  { name: 'revoked', code: 'revoked_key', status: 401, row: { revokedAt: past } },
  { name: 'inactive', code: 'revoked_key', status: 401, row: { isActive: false } },
  { name: 'owner banned', code: 'revoked_key', status: 401, row: { ownerBanned: true } },
  { name: 'grace over', code: 'expired_key', status: 401, row: { graceEndsAt: past } },
  { name: 'expired', code: 'expired_key', status: 401, row: { expiresAt: past } },
  { name: 'uses spent', code: 'uses_spent', status: 403, row: { usesId: 'u', usesMax: 3, used: 3 } },
  { name: 'address', code: 'address_not_allowed', status: 403, row: { allowedIps: ['198.51.100.0/24'] } },
  { name: 'origin', code: 'origin_not_allowed', status: 403, row: { allowedOrigins: ['https://a.test'] } },
  { name: 'scope', code: 'missing_scope', status: 403, row: { scopes: [] } },
  { name: 'role', code: 'insufficient_permissions', status: 403, row: { ownerRole: 'user' } },
  { name: 'limit', code: 'rate_limited', status: 429, limitIsSpent: true },
];
const details = ['was revoked', 'no longer active', 'owner', 'rotated', 'has expired'];

/** A key to which the denials apply and no other; what it spent besides what was spent before. */
async function call(...applied: readonly Denial[]) {
  const clock = fakeClock();
  const limits = memoryLimits({ clock });
  const spent = { permits: 0, uses: 0 };
  const counted: LimitStore = {
    ...limits,
    take: async (requests, permits) => {
      const decision = await limits.take(requests, permits);
      // What a refused request spends of its address (L4) is none of the key's.
      if (decision.admitted && requests.some(({ key }) => !key.startsWith('address:'))) spent.permits += 1;
      return decision;
    },
  };
  const bed = createTestGuard([shopService], {
    clock,
    limits: counted,
    uses: { take: async () => ++spent.uses > 0 },
  });
  const row = Object.assign(
    { scopes: ['stock:read'], ownerRole: 'admin', limits: [{ limit: 1, windowMs: 60_000 }] },
    { usesId: 'u', usesMax: 3, used: 0 },
    ...applied.map((denial) => denial.row ?? {}),
  );
  const { key, row: stored } = bed.issueKey(row);
  if (applied.some(({ limitIsSpent }) => limitIsSpent))
    await limits.take([{ key: `key:${stored.id}`, windows: row.limits }]);
  const response = await bed.send('/shop/books', { headers: { 'x-api-key': key } });
  return {
    status: response.status,
    body: (await response.json()) as { code?: string; detail?: string },
    spent,
  };
}

test('a key to which no denial applies passes, and spends one permit and one use', async () => {
  expect(await call()).toMatchObject({ status: 200, spent: { permits: 1, uses: 1 } });
});

test.each(denials)('K6: a key that is denied by $name alone spends nothing', async (denial) => {
  const { status, body, spent } = await call(denial);
  expect([status, body.code, spent]).toEqual([denial.status, denial.code, { permits: 0, uses: 0 }]);
});

const pairs = denials.flatMap((earlier, at) => denials.slice(at + 1).map((later) => ({ earlier, later })));
test.each(pairs)(
  'K6: $earlier.name is judged before $later.name, and nothing is spent',
  async ({ earlier, later }) => {
    const { status, body, spent } = await call(later, earlier);
    expect([status, body.code, spent]).toEqual([earlier.status, earlier.code, { permits: 0, uses: 0 }]);
    const detail = details[denials.indexOf(earlier)];
    if (detail !== undefined) expect(body.detail).toContain(detail);
  },
);

test('K6: a key with a maximum of uses is refused by a guard that cannot count them', async () => {
  const bed = createTestGuard([shopService]);
  const { key } = bed.issueKey({ scopes: ['stock:read'], usesId: 'u', usesMax: 3, used: 0 });
  const response = await bed.send('/shop/orders/order-1', { headers: { 'x-api-key': key } });
  expect(((await response.json()) as { code: string }).code).toBe('uses_spent');
});

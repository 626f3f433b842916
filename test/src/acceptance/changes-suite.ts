import { expect, test } from 'vitest';
import { auditRows } from '../product/audit-rows.ts';
import type { ProductUnderTest } from './product-under-test.ts';

interface Row {
  readonly request_id: string;
  readonly method: string;
  readonly path: string;
  readonly action: string;
  readonly status: number;
  readonly service: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Reads by POST: what they are asked with is a secret, which no path may hold. */
const changesNothing = new Set(['keys.claim_list']);

/** Looks back on all that the suites before it have changed through the control API. */
export function describeChanges(given: () => ProductUnderTest): void {
  test('A1: every change by the control API has an entry from the transaction that made it', async () => {
    const data = await auditRows<Row>(given().keyward, {}, 90_000);
    const changes = data.filter(
      ({ service, method, status, action }) =>
        service === 'control' &&
        ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) &&
        status < 300 &&
        !changesNothing.has(action),
    );
    const recorded = new Map(
      data.flatMap((row) => (row.method === '-' && row.path === 'api' ? [[row.request_id, row]] : [])),
    );
    expect(new Set(changes.map(({ action }) => action)).size).toBeGreaterThan(10);
    const without = changes.filter(({ request_id }) => {
      const entry = recorded.get(request_id);
      return entry === undefined || (entry.before === null && entry.after === null);
    });
    expect(without.map(({ method, path, action }) => `${method} ${path} (${action})`)).toEqual([]);
  });
}

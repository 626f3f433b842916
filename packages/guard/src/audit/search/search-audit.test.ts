import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.ts';
import type { AuditEntry } from '../entry.ts';
import { insertEntry } from '../insert-entry.ts';
import { sampleEntry } from '../testing/sample-entry.ts';
import type { AuditFilter } from './audit-filter.ts';
import type { AuditCursor } from './conditions.ts';
import { eachAuditRow, searchAudit } from './each-audit-row.ts';
import { searchAuditPage } from './search-audit.ts';

let database: TestDatabase;
const entries: AuditEntry[] = [];

const choices = {
  apiKey: ['key_a', 'key_b', 'key_c', null],
  userId: ['usr_a', 'usr_b', null],
  ip: [
    '192.0.2.1',
    '192.0.2.200',
    '198.51.100.7',
    '2001:db8:0:1::5',
    '2001:db8:0:1:2::6',
    '2001:db8:0:2::5',
    null,
  ],
  status: [200, 201, 304, 401, 404, 429, 500],
  path: ['/api/metadata', '/api/metadata/1', '/api/metadata_1', '/api/100%', '/v1/usage?from=2026', '/'],
  errorCode: ['invalid_key', 'invalid_request', 'not_found', null],
  method: ['GET', 'POST', 'DELETE', '-'],
  service: ['metadata', 'meterr', null],
  action: ['metadata.read', 'metadata.create', 'keys.revoke'],
  clientRequestId: ['mine-1', 'mine-2', null],
  userAgent: ['curl/8', 'Mozilla/5.0', null],
} as const satisfies Partial<Record<keyof AuditEntry, readonly unknown[]>>;

beforeAll(async () => {
  database = await createTestDatabase();
  const pick = <T>(values: readonly T[], at: number): T => values[at % values.length] as T;
  for (let at = 0; at < 400; at++) {
    // Three months, sometimes several in one millisecond; each field with a period of its own.
    const createdAt = Date.UTC(2026, 5, 20) + Math.floor(at / 3) * 17 * 3_600_000;
    const fields = Object.entries(choices).map(([name, values], field) => [
      name,
      pick<unknown>(values, Math.floor((at * (field * 7 + 11)) / 13)),
    ]);
    const entry = sampleEntry({ createdAt, ...Object.fromEntries(fields) });
    entries.push(entry);
    await insertEntry(database.orm, entry);
  }
});
afterAll(() => database[Symbol.asyncDispose]());

const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);

/** The plain form: each row looked at, in the order of the log. */
function looked(filter: AuditFilter): string[] {
  const begins = (text: string | null, beginning: string | undefined) =>
    beginning === undefined || (text?.startsWith(beginning) ?? false);
  const equals = <T>(value: T, wanted: T | undefined) => wanted === undefined || value === wanted;
  const found = entries.filter(
    (entry) =>
      equals(entry.apiKey, filter.key_id) &&
      equals(entry.userId, filter.user) &&
      (filter.ip === undefined || inRange(entry.ip, filter.ip)) &&
      (filter.ip_group === undefined || inRange(entry.ip, groups[filter.ip_group] ?? '')) &&
      begins(String(entry.status), filter.status?.replace('xx', '')) &&
      begins(entry.path, filter.path) &&
      begins(entry.errorCode, filter.error) &&
      equals(entry.method, filter.method) &&
      equals(entry.service, filter.service) &&
      equals(entry.action, filter.action) &&
      equals(entry.requestId, filter.request) &&
      equals(entry.clientRequestId, filter.client_request) &&
      (filter.contains === undefined || `${entry.path}\n${entry.userAgent}`.includes(filter.contains)) &&
      (filter.since === undefined || entry.createdAt >= Date.parse(filter.since)) &&
      (filter.until === undefined || entry.createdAt <= Date.parse(filter.until)),
  );
  return ids(found.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)));
}

const ranges: Readonly<Record<string, readonly string[]>> = {
  '192.0.2.1': ['192.0.2.1'],
  '192.0.2.0/24': ['192.0.2.1', '192.0.2.200'],
  '192.0.2.128/25': ['192.0.2.200'],
  '0.0.0.0/0': ['192.0.2.1', '192.0.2.200', '198.51.100.7'],
  '2001:db8::/32': ['2001:db8:0:1::5', '2001:db8:0:1:2::6', '2001:db8:0:2::5'],
  '2001:db8:0:1::/64': ['2001:db8:0:1::5', '2001:db8:0:1:2::6'],
  '203.0.113.0/24': [],
};
const groups: Readonly<Record<string, string>> = {
  '2001:db8:0:1::99': '2001:db8:0:1::/64',
  '192.0.2.1': '192.0.2.1',
};
const inRange = (ip: string | null, range: string): boolean =>
  ip !== null && (ranges[range]?.includes(ip) ?? false);

const sometimes = <T>(values: readonly T[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 });
const moments = [
  '2026-06-25T00:00:00Z',
  '2026-07-15T12:00:00Z',
  '2026-08-01T00:00:00Z',
  '2026-09-01T00:00:00Z',
];
const filters = fc
  .record({
    key_id: sometimes(['key_a', 'key_c', 'none']),
    user: sometimes(['usr_a', 'none']),
    ip: sometimes(Object.keys(ranges)),
    ip_group: sometimes(Object.keys(groups)),
    status: sometimes(['200', '404', '503', '4xx', '3xx', '1xx']),
    path: sometimes(['/', '/api/metadata', '/api/metadata_', '/api/100%', '/api/1_0', '/none', '']),
    error: sometimes(['inv', 'invalid_key', 'zzz', '']),
    method: sometimes(['GET', 'DELETE', '-', 'TRACE']),
    service: sometimes(['metadata', 'none']),
    action: sometimes(['metadata.read', 'keys.revoke']),
    client_request: sometimes(['mine-1', 'none']),
    contains: sometimes(['curl', 'usage?', '%']),
    since: sometimes(moments),
    until: sometimes(moments),
  })
  .map(
    (filter) =>
      Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as AuditFilter,
  );

test('A6: every combination of fields finds what looking at each row finds, in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      expect(ids(await searchAudit(database, filter, 1_000))).toEqual(looked(filter));
    }),
    { numRuns: 80 },
  );
});

test('A6: pages of any size join without a gap or a repeat, also within one millisecond', async () => {
  await fc.assert(
    fc.asyncProperty(filters, fc.integer({ min: 1, max: 7 }), async (filter, limit) => {
      const found: string[] = [];
      let after: AuditCursor | undefined;
      do {
        const page = await searchAuditPage(database, filter, { limit, after });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        found.push(...ids(page.rows));
        after = page.next;
      } while (after !== undefined && found.length < 40);
      expect(found).toEqual(looked(filter).slice(0, found.length));
      if (after === undefined) expect(found).toHaveLength(looked(filter).length);
    }),
    { numRuns: 25 },
  );
});

test('A6: when the time is up the page ends early and says where to go on', async () => {
  const filter: AuditFilter = { path: '/api/metadata/1', method: 'GET', key_id: 'key_a' };
  const found: string[] = [];
  let pages = 0;
  let after: AuditCursor | undefined;
  do {
    const page = await searchAuditPage(database, filter, { limit: 100, after, timeMs: -1 });
    found.push(...ids(page.rows));
    after = page.next;
    pages += 1;
  } while (after !== undefined && pages < 20);
  expect(pages).toBeGreaterThan(1);
  expect(found).toEqual(looked(filter));
});

test('A6: rows that lie within one millisecond are each on one page', async () => {
  const at = '2026-05-03T10:00:00.123';
  await database.pool.query('SELECT keyward_ensure_audit_partition($1)', [`${at}Z`]);
  for (const [id, micros] of Object.entries({ 'm-9': '001', 'm-5': '400', 'm-0': '999' })) {
    await database.pool.query(
      `INSERT INTO audit_logs (id, created_at, method, path, status, duration_ms, request_id, action)
       VALUES ($1, $2, 'PUT', '/micro', 200, 1, $1, 'micro')`,
      [id, `${at}${micros}Z`],
    );
  }
  const found: string[] = [];
  let after: AuditCursor | undefined;
  do {
    const page = await searchAuditPage(database, { action: 'micro' }, { limit: 1, after });
    found.push(...ids(page.rows));
    after = page.next;
  } while (after !== undefined);
  expect(found).toEqual(['m-0', 'm-5', 'm-9']);
});

test('A6: a walk over all rows yields each once, and none once it is called off', async () => {
  const rows = await Array.fromAsync(
    eachAuditRow(database, { until: '2027-01-01T00:00:00Z', since: '2026-06-01T00:00:00Z' }),
  );
  expect(ids(rows)).toEqual(looked({}));
  const walk = eachAuditRow(database, {}, { signal: AbortSignal.abort() });
  await expect(walk.next()).rejects.toThrow('aborted');
});

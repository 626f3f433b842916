import type { AuditFilter } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';

export interface TimedSearch {
  readonly name: string;
  readonly filter: AuditFilter;
  /** P14 speaks of these. */
  readonly isOneField: boolean;
}

/** Of each field a frequent value, a rare one and one that is nowhere; then frequent ones that seldom or never meet. */
export async function auditSearches(database: Database): Promise<TimedSearch[]> {
  const { rows } = await database.pool.query<Known>(known);
  const [row] = rows;
  if (row === undefined) throw new Error('no rows to search');
  const now = new Date(row.now);
  const since = (days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString();
  const single: Record<string, AuditFilter> = {
    'no condition': {},
    'key, the busiest': { key_id: row.busy_key },
    'key, a rare one': { key_id: row.rare_key },
    'key, unknown': { key_id: 'none' },
    'user, the busiest': { user: row.busy_user },
    'ip, the busiest': { ip: '10.0.0.1' },
    'ip, a rare one': { ip: row.rare_ip },
    'ip, unknown': { ip: '192.0.2.1' },
    'ip 10.0.0.0/8': { ip: '10.0.0.0/8' },
    'ip 10.1.0.0/16': { ip: '10.1.0.0/16' },
    'ip 10.0.5.0/24': { ip: '10.0.5.0/24' },
    'ip group of IPv6': { ip_group: row.ipv6 },
    'status 200': { status: '200' },
    'status 503, 20 in ten million': { status: '503' },
    'status 4xx': { status: '4xx' },
    'status 5xx': { status: '5xx' },
    'status 3xx, none': { status: '3xx' },
    'path /': { path: '/' },
    'path /api/metadata/': { path: '/api/metadata/' },
    'path /api/metadata/ab': { path: '/api/metadata/ab' },
    'path /api/reports/, 200 in ten million': { path: '/api/reports/' },
    'path, unknown': { path: '/none' },
    'error not_found': { error: 'not_found' },
    'error inv…': { error: 'inv' },
    'error storage…, 20 in ten million': { error: 'storage' },
    'method POST': { method: 'POST' },
    'method DELETE, 100 in ten million': { method: 'DELETE' },
    'method, unknown': { method: 'TRACE' },
    'service metadata': { service: 'metadata' },
    'service control, one in a thousand': { service: 'control' },
    'action usage.read': { action: 'usage.read' },
    'action keys.revoke, 40 in ten million': { action: 'keys.revoke' },
    'request id': { request: row.request },
    'client request id': { client_request: row.client_request },
    'a day, two months ago': { since: since(61), until: since(60) },
    'contains, frequent': { contains: 'service/3', since: since(30) },
  };
  const together: Record<string, AuditFilter> = {
    'busiest key + status 503': { key_id: row.busy_key, status: '503' },
    'busiest key + status 404': { key_id: row.busy_key, status: '404' },
    'GET + 404 + metadata': { method: 'GET', status: '404', service: 'metadata' },
    '10.1.0.0/16 + status 500': { ip: '10.1.0.0/16', status: '500' },
    '/api/metadata/ + busiest key': { path: '/api/metadata/', key_id: row.busy_key },
    'POST + usage.read + 429, never together': { method: 'POST', action: 'usage.read', status: '429' },
    '/v1/usage + metadata, never together': { path: '/v1/usage', service: 'metadata' },
    'contains, nowhere in 30 days': { contains: 'nowhere-at-all', since: since(30) },
  };
  const as = (isOneField: boolean) => (entry: [string, AuditFilter]) => ({
    name: entry[0],
    filter: entry[1],
    isOneField,
  });
  return [...Object.entries(single).map(as(true)), ...Object.entries(together).map(as(false))];
}

interface Known {
  readonly now: string;
  readonly busy_key: string;
  readonly busy_user: string;
  readonly rare_key: string;
  readonly rare_ip: string;
  readonly ipv6: string;
  readonly request: string;
  readonly client_request: string;
}

const known = `
WITH recent AS MATERIALIZED (SELECT * FROM audit_logs ORDER BY created_at DESC LIMIT 20000),
  keys AS (SELECT api_key, user_id, count(*) FROM recent WHERE api_key IS NOT NULL GROUP BY 1, 2)
SELECT now()::text AS now,
  (SELECT api_key FROM keys ORDER BY count DESC LIMIT 1) AS busy_key,
  (SELECT user_id FROM keys ORDER BY count DESC LIMIT 1) AS busy_user,
  (SELECT api_key FROM keys ORDER BY count, api_key LIMIT 1) AS rare_key,
  (SELECT host(max(ip)) FROM recent WHERE family(ip) = 4) AS rare_ip,
  (SELECT host(max(ip)) FROM recent WHERE family(ip) = 6) AS ipv6,
  (SELECT min(request_id) FROM recent) AS request,
  (SELECT min(client_request_id) FROM recent) AS client_request`;

import { expect, test } from 'vitest';
import type { AuditRow } from '../audit-row.ts';
import type { AuditFilter } from './audit-filter.ts';
import { rowMatches } from './row-matches.ts';

const row: AuditRow = {
  id: 'row-1',
  createdAt: new Date(0),
  userId: 'usr_1',
  apiKey: null,
  method: 'GET',
  path: '/api/metadata/1?tag=x',
  status: 404,
  durationMs: 1,
  ip: '2001:db8:0:1::5',
  userAgent: 'curl/8',
  requestId: 'req-1',
  clientRequestId: 'mine-1',
  service: 'metadata',
  environment: 'live',
  action: 'metadata.read',
  errorCode: 'not_found',
  objectType: null,
  objectIds: null,
  objectCount: 0,
  repeats: 1,
  before: null,
  after: null,
};

test.each<[AuditFilter, AuditFilter]>([
  [{ user: 'usr_1' }, { user: 'usr_2' }],
  [{}, { key_id: 'key_1' }],
  [{ ip: '2001:db8::/32' }, { ip: '2001:db9::/32' }],
  [{ ip: '2001:db8:0:1::5' }, { ip: '192.0.2.1' }],
  [{ ip_group: '2001:db8:0:1::99' }, { ip_group: '2001:db8:0:2::99' }],
  [{ status: '4xx' }, { status: '5xx' }],
  [{ status: '404' }, { status: '403' }],
  [{ path: '/api/' }, { path: 'api' }],
  [{ error: 'not_' }, { error: 'found' }],
  [{ method: 'GET' }, { method: 'POST' }],
  [{ service: 'metadata' }, { service: 'meterr' }],
  [{ action: 'metadata.read' }, { action: 'metadata' }],
  [{ request: 'req-1' }, { request: 'req' }],
  [{ client_request: 'mine-1' }, { client_request: 'mine' }],
  [{ contains: 'tag=' }, { contains: 'Curl' }],
  [{ contains: 'url/' }, { contains: 'url/', method: 'POST' }],
])('A6: an archived row is found by %j and not by %j', (found, notFound) => {
  expect(rowMatches(found)(row)).toBe(true);
  expect(rowMatches(notFound)(row)).toBe(false);
});

import { addressGroup } from '../../addresses/address-group.ts';
import { parseRange, rangeContains } from '../../addresses/range.ts';
import type { AuditRow } from '../audit-row.ts';
import type { AuditFilter } from './audit-filter.ts';

/** Whether a row is one that the filter finds, but for its time: for rows that no database searches. */
export function rowMatches(filter: AuditFilter): (row: AuditRow) => boolean {
  const { key_id, user, ip, ip_group, status, path, error, method, service, action } = filter;
  const { request, client_request, contains } = filter;
  const ranges = [ip, ip_group && addressGroup(ip_group)]
    .filter((text) => text !== undefined)
    .map((text) => [parseRange(text)].filter((range) => range !== undefined));
  const beginsWith = (text: string | null, beginning: string | undefined): boolean =>
    beginning === undefined || (text?.startsWith(beginning) ?? false);
  return (row) =>
    (key_id ?? row.apiKey) === row.apiKey &&
    (user ?? row.userId) === row.userId &&
    (method ?? row.method) === row.method &&
    (service ?? row.service) === row.service &&
    (action ?? row.action) === row.action &&
    (request ?? row.requestId) === row.requestId &&
    (client_request ?? row.clientRequestId) === row.clientRequestId &&
    beginsWith(String(row.status), status?.replace('xx', '')) &&
    beginsWith(row.path, path) &&
    beginsWith(row.errorCode, error) &&
    ranges.every((range) => row.ip !== null && rangeContains(range, row.ip)) &&
    (contains === undefined || row.path.includes(contains) || (row.userAgent?.includes(contains) ?? false));
}

import { like, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { addressGroup } from '../../addresses/address-group.ts';
import { parseRange } from '../../addresses/range.ts';
import { auditLogs } from '../../database/schema.ts';
import type { AuditFilter } from './audit-filter.ts';
import { beginningWith, statusIs, within } from './conditions.ts';

/** An index by which rows can be read in the order of their time: those of one value, or of each of a few. */
export interface ValueLead {
  readonly kind: 'value';
  readonly column: PgColumn;
  /** A value, or the condition that finds the few by their beginning or range. */
  readonly of: { readonly value: string | number } | { readonly condition: SQL };
  readonly operators: Operators;
}

/** An index that holds the rows of a range of values together, but not in the order of their time. */
export interface RangeLead {
  readonly kind: 'range';
  readonly column: PgColumn;
  readonly condition: SQL;
  readonly operators: Operators;
}

/** Of the order in which an index holds its values. */
interface Operators {
  readonly less: SQL;
  readonly greater: SQL;
  readonly atLeast: SQL;
  readonly atMost: SQL;
}

const usual: Operators = { less: sql`<`, greater: sql`>`, atLeast: sql`>=`, atMost: sql`<=` };
/** Of `text_pattern_ops`: byte by byte. */
const bytewise: Operators = { less: sql`~<~`, greater: sql`~>~`, atLeast: sql`~>=~`, atMost: sql`~<=~` };

/** Each way to read the rows of a filter that is shorter than reading all, the ones that promise the fewest rows first. */
export function leadsOf(filter: AuditFilter): { values: ValueLead[]; ranges: RangeLead[] } {
  const { key_id, user, ip, ip_group, status, path, error, method, service, action } = filter;
  const { request, client_request } = filter;
  const addresses = [ip, ip_group && addressGroup(ip_group)].filter((range) => range !== undefined);
  const single = addresses.filter(isSingle);
  const wide = addresses.filter((range) => !isSingle(range));
  const values = [
    ofValue(auditLogs.requestId, request),
    ofValue(auditLogs.clientRequestId, client_request),
    ...single.map((address) => ofValue(auditLogs.ip, address)),
    ofValue(auditLogs.apiKey, key_id),
    ofValue(auditLogs.userId, user),
    error === undefined ? undefined : ofPrefix(auditLogs.errorCode, error),
    status === undefined ? undefined : ofStatus(status),
    ofValue(auditLogs.action, action),
    ofValue(auditLogs.service, service),
    ofValue(auditLogs.method, method),
  ].filter((lead) => lead !== undefined);
  const ranges: RangeLead[] = wide.map((range) => ({
    kind: 'range',
    column: auditLogs.ip,
    condition: within(range),
    operators: usual,
  }));
  if (path !== undefined) {
    const condition = like(auditLogs.path, beginningWith(path));
    ranges.push({ kind: 'range', column: auditLogs.path, condition, operators: bytewise });
  }
  return { values, ranges };
}

function ofValue(column: PgColumn, value: string | number | undefined): ValueLead | undefined {
  return value === undefined ? undefined : { kind: 'value', column, of: { value }, operators: usual };
}

function ofPrefix(column: PgColumn, beginning: string): ValueLead {
  const condition = like(column, beginningWith(beginning));
  return { kind: 'value', column, of: { condition }, operators: bytewise };
}

function ofStatus(status: string): ValueLead | undefined {
  if (!status.endsWith('xx')) return ofValue(auditLogs.status, Number(status));
  return { kind: 'value', column: auditLogs.status, of: { condition: statusIs(status) }, operators: usual };
}

function isSingle(text: string): boolean {
  const range = parseRange(text);
  return range !== undefined && range.prefixBits === range.bytes.length * 8;
}

import { and, eq, gte, like, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { addressGroup } from '../../addresses/address-group.ts';
import { auditLogs } from '../../database/schema.ts';
import type { AuditFilter } from './audit-filter.ts';

/** Where a page ends: the next one begins with what is older. */
export interface AuditCursor {
  readonly id: string;
  readonly createdAt: Date;
}

/** Smaller than every id: with it a cursor stands at a moment, before its rows. */
export const beforeAllIds = '-';

/** A cursor with PostgreSQL's own text of the moment: rows can lie within one millisecond. */
export interface Position extends AuditCursor {
  readonly moment: string;
}

/** From `from` to before `to`; undefined: unbounded. */
export interface TimeSpan {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/** What the filter says of single fields. Always something: without any it is `true`. */
export function matches(filter: AuditFilter): SQL {
  const { key_id, user, ip, ip_group, status, path, error, method, service, action } = filter;
  const { request, client_request, contains } = filter;
  const conditions = [
    is(auditLogs.apiKey, key_id),
    is(auditLogs.userId, user),
    ip === undefined ? undefined : within(ip),
    ip_group === undefined ? undefined : within(addressGroup(ip_group)),
    status === undefined ? undefined : statusIs(status),
    path === undefined ? undefined : like(auditLogs.path, beginningWith(path)),
    error === undefined ? undefined : like(auditLogs.errorCode, beginningWith(error)),
    is(auditLogs.method, method),
    is(auditLogs.service, service),
    is(auditLogs.action, action),
    is(auditLogs.requestId, request),
    is(auditLogs.clientRequestId, client_request),
    contains === undefined
      ? undefined
      : sql`(strpos(${auditLogs.path}, ${contains}) > 0 OR strpos(${auditLogs.userAgent}, ${contains}) > 0)`,
  ];
  return and(...conditions) ?? sql`true`;
}

/** The time that a search has before it, each always a condition. */
export interface SearchedTime {
  /** Older than the row where the page before ended. */
  readonly exact: SQL;
  /** The same to the moment, for what an index holds without the ids: with rows of that moment, and without. */
  readonly withTies: SQL;
  readonly withoutTies: SQL;
}

/** What the filter, a span and the page before say of the time. */
export function searchedTime(
  { since, until }: AuditFilter,
  span: TimeSpan,
  after: Position | undefined,
): SearchedTime {
  const at = auditLogs.createdAt;
  const bounds = [
    since === undefined ? undefined : gte(at, new Date(since)),
    until === undefined ? undefined : lte(at, new Date(until)),
    span.from && gte(at, span.from),
    span.to && lt(at, span.to),
  ];
  const all = (...more: (SQL | undefined)[]): SQL => and(...bounds, ...more) ?? sql`true`;
  if (after === undefined) return { exact: all(), withTies: all(), withoutTies: all() };
  const moment = sql`${after.moment}::timestamptz`;
  const older = sql`(${at}, ${auditLogs.id}) < (${moment}, ${after.id})`;
  const ties = sql`${at} <= ${moment}`;
  return { exact: all(ties, older), withTies: all(ties), withoutTies: all(sql`${at} < ${moment}`) };
}

export function within(range: string): SQL {
  return sql`${auditLogs.ip} <<= ${range}::inet`;
}

export function statusIs(status: string): SQL {
  if (!status.endsWith('xx')) return eq(auditLogs.status, Number(status));
  const first = Number(status[0]) * 100;
  return and(gte(auditLogs.status, first), lt(auditLogs.status, first + 100)) ?? sql`true`;
}

/** A pattern of LIKE that takes every character of the text for itself. */
export function beginningWith(text: string): string {
  return `${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

function is(column: PgColumn, value: string | undefined): SQL | undefined {
  return value === undefined ? undefined : eq(column, value);
}

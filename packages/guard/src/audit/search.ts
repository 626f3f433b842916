import { and, desc, eq, gte, like, lt, lte, or, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { auditLogs } from '../database/schema.ts';
import { moment } from '../moment.ts';
import { type AuditRow, auditColumns } from './audit-row.ts';

export const auditFilterSchema = z.strictObject({
  /** Id of the key. */
  key: z.string().max(64).optional(),
  user: z.string().max(64).optional(),
  ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  /** `404`, or a class such as `4xx`. */
  status: z
    .string()
    .max(3)
    .regex(/^[1-5](?:xx|\d\d)$/, 'must be like 404 or 4xx')
    .optional(),
  /** Beginning of the path. */
  path: z.string().max(300).optional(),
  /** Beginning of the error code. */
  error: z.string().max(64).optional(),
  request: z.string().max(64).optional(),
  since: moment.optional(),
  until: moment.optional(),
});
export type AuditFilter = z.output<typeof auditFilterSchema>;

/** Where a page ends: the next one begins with what is older. */
export interface AuditCursor {
  readonly id: string;
  readonly createdAt: Date;
}

/** Rows of the audit log, newest first, at most `limit`. */
export async function searchAudit(
  database: Database,
  filter: AuditFilter,
  limit: number,
  after?: AuditCursor,
): Promise<AuditRow[]> {
  return database.orm
    .select(auditColumns)
    .from(auditLogs)
    .where(and(...conditions(filter), after && olderThan(after)))
    .orderBy(desc(auditLogs.createdAt), desc(auditLogs.id))
    .limit(limit);
}

/** All rows of a filter, newest first, a page at a time: for exports of any size. */
export async function* eachAuditRow(
  database: Database,
  filter: AuditFilter,
  pageSize = 1000,
): AsyncGenerator<AuditRow> {
  let after: AuditCursor | undefined;
  for (;;) {
    const rows = await searchAudit(database, filter, pageSize, after);
    yield* rows;
    after = rows.at(-1);
    if (rows.length < pageSize) return;
  }
}

function conditions(filter: AuditFilter): (SQL | undefined)[] {
  const { key, user, ip, status, path, error, request, since, until } = filter;
  return [
    key === undefined ? undefined : eq(auditLogs.apiKey, key),
    user === undefined ? undefined : eq(auditLogs.userId, user),
    ip === undefined ? undefined : eq(auditLogs.ip, ip),
    status === undefined ? undefined : statusIs(status),
    path === undefined ? undefined : like(auditLogs.path, beginningWith(path)),
    error === undefined ? undefined : like(auditLogs.errorCode, beginningWith(error)),
    request === undefined ? undefined : eq(auditLogs.requestId, request),
    since === undefined ? undefined : gte(auditLogs.createdAt, new Date(since)),
    until === undefined ? undefined : lte(auditLogs.createdAt, new Date(until)),
  ];
}

function olderThan({ id, createdAt }: AuditCursor): SQL | undefined {
  return or(
    lt(auditLogs.createdAt, createdAt),
    and(eq(auditLogs.createdAt, createdAt), lt(auditLogs.id, id)),
  );
}

function statusIs(status: string): SQL | undefined {
  if (!status.endsWith('xx')) return eq(auditLogs.status, Number(status));
  const first = Number(status[0]) * 100;
  return and(gte(auditLogs.status, first), lt(auditLogs.status, first + 100));
}

function beginningWith(text: string): SQL {
  return sql`${text.replaceAll(/[\\%_]/g, '\\$&')} || '%'`;
}

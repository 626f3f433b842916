import { asc } from 'drizzle-orm';
import type { Orm } from '../../database/database.ts';
import { auditLogs } from '../../database/schema.ts';
import { type AuditRow, auditColumns } from '../audit-row.ts';

export type LoggedRow = AuditRow;

/** All rows of the audit log, by id. */
export async function loggedRows(orm: Orm): Promise<LoggedRow[]> {
  return orm.select(auditColumns).from(auditLogs).orderBy(asc(auditLogs.id));
}

export async function loggedIds(orm: Orm): Promise<string[]> {
  const rows = await orm.select({ id: auditLogs.id }).from(auditLogs).orderBy(asc(auditLogs.id));
  return rows.map((row) => row.id);
}

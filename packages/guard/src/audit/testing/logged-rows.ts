import { asc } from 'drizzle-orm';
import type { Orm } from '../../database/database.ts';
import { auditLogs } from '../../database/schema.ts';

export type LoggedRow = typeof auditLogs.$inferSelect;

/** All rows of the audit log, by id. */
export async function loggedRows(orm: Orm): Promise<LoggedRow[]> {
  return orm.select().from(auditLogs).orderBy(asc(auditLogs.id));
}

export async function loggedIds(orm: Orm): Promise<string[]> {
  const rows = await orm.select({ id: auditLogs.id }).from(auditLogs).orderBy(asc(auditLogs.id));
  return rows.map((row) => row.id);
}

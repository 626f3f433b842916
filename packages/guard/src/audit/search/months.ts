import { sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import type { AuditFilter } from './audit-filter.ts';
import { type AuditCursor, beforeAllIds, type TimeSpan } from './conditions.ts';

export const wholeTime: TimeSpan = { from: undefined, to: undefined };

/** The months of the log that a search has before it, the newest first. The outer ones are open: no row is in none. */
export async function monthsOf(
  tx: Transaction,
  filter: AuditFilter,
  after: AuditCursor | undefined,
): Promise<TimeSpan[]> {
  const { rows } = await tx.execute<{ month: string }>(sql`
    SELECT DISTINCT substring(relname FROM '\\d{4}_\\d{2}$') AS month FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = 'audit_logs'::regclass AND relname ~ '_\\d{4}_\\d{2}$' ORDER BY month DESC`);
  const begins = rows.map(({ month }) => new Date(`${month.replace('_', '-')}-01T00:00:00Z`));
  const spans = [undefined, ...begins].map((to, at) => ({ from: begins[at], to }));
  const isBefore = ({ from }: TimeSpan): boolean => {
    if (from === undefined) return true;
    if (filter.until !== undefined && from.getTime() > Date.parse(filter.until)) return false;
    if (after === undefined || from < after.createdAt) return true;
    return from.getTime() === after.createdAt.getTime() && after.id !== beforeAllIds;
  };
  const oldest = filter.since === undefined ? undefined : new Date(filter.since);
  const isAfter = ({ to }: TimeSpan): boolean => to === undefined || oldest === undefined || to > oldest;
  return spans.filter((span) => isBefore(span) && isAfter(span));
}

import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';

/** Whether the person of this id is neither banned nor deleted at a moment, who is banned for good (K10). */
export function isActiveOwner(userId: SQLWrapper, nowMs: number): SQL {
  const now = new Date(nowMs).toISOString();
  return sql`NOT EXISTS (
    SELECT FROM users owner
    WHERE owner.id = ${userId} AND owner.banned AND coalesce(owner.ban_expires, 'infinity') > ${now}::timestamptz)`;
}

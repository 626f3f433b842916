import { sql } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { notifications } from './schema.ts';

export interface OutboxStatus {
  readonly waiting: number;
  /** Given up; they stay until somebody deletes them. */
  readonly failed: number;
  /** How long the oldest that waits has waited, seconds; 0 when none does (O6). */
  readonly oldestWaitingSeconds: number;
}

/** How the outbox stands: what metrics and `/readyz` show of it (O6). */
export async function outboxStatus({ orm }: Database, clock: Clock): Promise<OutboxStatus> {
  const [row] = await orm
    .select({
      waiting: sql<number>`count(*) FILTER (WHERE ${notifications.state} = 'waiting')::int`,
      failed: sql<number>`count(*) FILTER (WHERE ${notifications.state} = 'failed')::int`,
      oldest: sql`min(${notifications.createdAt}) FILTER (WHERE ${notifications.state} = 'waiting')`.mapWith(
        notifications.createdAt,
      ),
    })
    .from(notifications)
    .where(sql`${notifications.state} IN ('waiting', 'failed')`);
  const oldestMs = row?.oldest?.getTime() ?? clock.now();
  return {
    waiting: row?.waiting ?? 0,
    failed: row?.failed ?? 0,
    oldestWaitingSeconds: Math.max(0, Math.floor((clock.now() - oldestMs) / 1000)),
  };
}

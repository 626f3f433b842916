import { sql } from 'drizzle-orm';
import type { Actor } from '../audit/record-change.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { blocks } from './schema.ts';

/** A block as people are shown it; `subject` is a canonical CIDR. */
export type Block = Omit<typeof blocks.$inferSelect, 'changedIn'>;

export interface BlockDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** CIDR ranges and addresses that are never blocked, beside loopback: trusted proxies, one's own, an allow-list. */
  readonly neverBlock: readonly string[];
}

/** The columns of a block. */
export const blockColumns = {
  id: blocks.id,
  kind: blocks.kind,
  subject: blocks.subject,
  reason: blocks.reason,
  createdBy: blocks.createdBy,
  createdAt: blocks.createdAt,
  expiresAt: blocks.expiresAt,
  removedAt: blocks.removedAt,
  removedBy: blocks.removedBy,
};

/** Rows that block somebody at that time. */
export function inForceAt(nowMs: number) {
  const now = new Date(nowMs).toISOString();
  return sql`${blocks.removedAt} IS NULL AND (${blocks.expiresAt} IS NULL OR ${blocks.expiresAt} > ${now}::timestamptz)`;
}

/** Who made or removed it, as the row says it. */
export function nameOfActor(actor: Actor): string {
  return actor.userId ?? actor.via;
}

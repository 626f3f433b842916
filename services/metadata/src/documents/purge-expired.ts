import type { Database } from '@keyward/guard/database';
import { lte } from 'drizzle-orm';
import { idempotencyMs } from './idempotency.ts';
import { metadata, metadataIdempotency } from './tables.ts';

/** How long a deleted document can be recovered (N3). */
export const recoverableMs = 30 * 24 * 3600 * 1000;

/** Removes what may not be kept any longer. Safe on several nodes at once. `nowMs`: Unix milliseconds. */
export async function purgeExpired(database: Database, nowMs: number): Promise<void> {
  await database.orm.delete(metadata).where(lte(metadata.deletedAt, new Date(nowMs - recoverableMs)));
  await database.orm
    .delete(metadataIdempotency)
    .where(lte(metadataIdempotency.createdAt, new Date(nowMs - idempotencyMs)));
}

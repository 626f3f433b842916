import type { Database } from '@keyward/guard/database';
import { lte } from 'drizzle-orm';
import { recoverableMs } from './deleted/recoverable.ts';
import { idempotencyMs } from './idempotency.ts';
import { metadata, metadataIdempotency } from './tables.ts';

/** Removes what may not be kept any longer; with a document its versions. Safe on several nodes at once. `nowMs`: Unix milliseconds. */
export async function purgeExpired(database: Database, nowMs: number): Promise<void> {
  await database.orm.delete(metadata).where(lte(metadata.deletedAt, new Date(nowMs - recoverableMs)));
  await database.orm
    .delete(metadataIdempotency)
    .where(lte(metadataIdempotency.createdAt, new Date(nowMs - idempotencyMs)));
}

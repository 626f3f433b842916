import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { and, eq, sql } from 'drizzle-orm';
import { media } from '../media/media-table.ts';
import type { LocalDiskStore } from '../media/storage/local-disk-store.ts';
import type { Kept, Replica } from './replica.ts';
import { mediaReplicas, type ReplicaRow } from './replicas-table.ts';

export interface Replicating {
  readonly database: Database;
  readonly local: Pick<LocalDiskStore, 'fileOf'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Brings one content at one store to what the rows of its files say now: puts it there, or takes it away. */
export async function replicateOne(
  { database, local, clock, signal }: Replicating,
  replica: Replica,
  takesPrivate: boolean,
  row: ReplicaRow,
): Promise<void> {
  if (await isWanted(database, row, takesPrivate)) {
    const kept = await replica.put(row, local.fileOf(row), signal);
    await settle(database, row, kept, clock.now());
    return;
  }
  await replica.delete(row, row.remoteId, signal);
  await database.orm.delete(mediaReplicas).where(sameRevision(row));
}

async function isWanted({ orm }: Database, row: ReplicaRow, takesPrivate: boolean): Promise<boolean> {
  const files = await orm
    .select({ id: media.id })
    .from(media)
    .where(
      and(
        eq(media.ownerKey, row.ownerKey),
        eq(media.environment, row.environment),
        eq(media.sha256, row.sha256),
        takesPrivate ? undefined : eq(media.visibility, 'public'),
      ),
    )
    .limit(1);
  return files.length > 0;
}

async function settle({ orm }: Database, row: ReplicaRow, kept: Kept, nowMs: number): Promise<void> {
  const { remoteId, url } = kept.kind === 'stored' ? kept : { remoteId: null, url: null };
  await orm
    .update(mediaReplicas)
    .set({
      remoteId,
      url,
      state: sql`CASE WHEN revision = ${row.revision} THEN ${kept.kind} ELSE state END`,
      storedAt: kept.kind === 'stored' ? new Date(nowMs) : null,
      lastError: kept.kind === 'refused' ? kept.reason : null,
    })
    .where(samePlace(row));
}

function sameRevision(row: ReplicaRow) {
  return and(samePlace(row), eq(mediaReplicas.revision, row.revision));
}

export function samePlace({ store, ownerKey, environment, sha256 }: ReplicaRow) {
  return and(
    eq(mediaReplicas.store, store),
    eq(mediaReplicas.ownerKey, ownerKey),
    eq(mediaReplicas.environment, environment),
    eq(mediaReplicas.sha256, sha256),
  );
}

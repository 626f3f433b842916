import type { KeyCaller } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, eq } from 'drizzle-orm';
import { visibleTo } from '../stored-document.ts';
import { metadata, metadataVersions, type VersionRow } from '../tables.ts';

/** One version of one of the caller's documents, the present one included. */
export async function findVersion(
  orm: Orm | Transaction,
  caller: KeyCaller,
  id: string,
  version: number,
): Promise<VersionRow | undefined> {
  const [current] = await orm
    .select()
    .from(metadata)
    .where(and(visibleTo(caller), eq(metadata.id, id)));
  if (current === undefined || current.version < version) return undefined;
  if (current.version === version) return asVersion(current);
  const [past] = await orm
    .select()
    .from(metadataVersions)
    .where(and(eq(metadataVersions.documentId, id), eq(metadataVersions.version, version)));
  return past;
}

function asVersion(row: typeof metadata.$inferSelect): VersionRow {
  return { ...row, documentId: row.id, changedAt: row.updatedAt };
}

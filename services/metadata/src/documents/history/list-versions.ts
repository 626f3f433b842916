import { json, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import { and, desc, eq, getTableColumns, lt } from 'drizzle-orm';
import type { DocumentDeps } from '../document-deps.ts';
import { findDocument } from '../stored-document.ts';
import { metadataVersions } from '../tables.ts';
import { presentVersion } from './present-version.ts';

const { document: _, ...heads } = getTableColumns(metadataVersions);

/** The versions of a document, newest first, without their content. `cursor`: the last version seen. */
export async function listVersions(
  { database }: DocumentDeps,
  caller: KeyCaller,
  { id, limit, cursor }: { id: string; limit: number; cursor?: number | undefined },
): Promise<Reply> {
  const current = await findDocument(database.orm, caller, id);
  if (current === undefined) return refuse('not_found');
  const below = cursor ?? current.version + 1;
  const past = await database.orm
    .select(heads)
    .from(metadataVersions)
    .where(and(eq(metadataVersions.documentId, id), lt(metadataVersions.version, below)))
    .orderBy(desc(metadataVersions.version))
    .limit(limit + 1);
  const present = { ...current, documentId: id, changedAt: current.updatedAt };
  const rows = below > current.version ? [present, ...past] : past;
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return json(200, {
    data: shown.map((row) => presentVersion(row)),
    next_cursor: rows.length > limit && last !== undefined ? String(last.version) : null,
  });
}

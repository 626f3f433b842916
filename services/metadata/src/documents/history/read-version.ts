import { json, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import type { DocumentDeps } from '../document-deps.ts';
import { entityTag, ifNoneMatchHits } from '../entity-tags.ts';
import { jsonText } from '../present-document.ts';
import { findVersion } from './find-version.ts';
import { presentVersion } from './present-version.ts';

/** One version with its content. It never changes, but it is gone when the document is, so it is asked for again (H1). */
export async function readVersion(
  { database }: DocumentDeps,
  caller: KeyCaller,
  request: { id: string; version: number; ifNoneMatch: string | undefined },
): Promise<Reply> {
  const found = await findVersion(database.orm, caller, request.id, request.version);
  if (found === undefined) return refuse('not_found');
  const headers = { etag: entityTag(found.cid), 'cache-control': 'private, no-cache' };
  if (ifNoneMatchHits(request.ifNoneMatch, found.cid)) return json(304, undefined, headers);
  const head = JSON.stringify(presentVersion(found));
  return jsonText(200, `${head.slice(0, -1)},"document":${found.document}}`, headers);
}

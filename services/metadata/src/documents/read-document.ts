import { json, type KeyCaller, type Reply, refuse } from '@keyward/guard';
import type { DocumentDeps } from './document-deps.ts';
import { entityTag, ifNoneMatchHits } from './entity-tags.ts';
import { documentText, jsonText, presentHead } from './present-document.ts';
import { findDocument } from './stored-document.ts';

/** One document; 304 when the caller has it already. May be kept by the caller, who asks again each time (H1). */
export async function readDocument(
  deps: DocumentDeps,
  caller: KeyCaller,
  id: string,
  ifNoneMatch: string | undefined,
): Promise<Reply> {
  const found = await findDocument(deps.database.orm, caller, id);
  if (found === undefined) return refuse('not_found');
  const headers = { etag: entityTag(found.cid), 'cache-control': 'private, no-cache' };
  if (ifNoneMatchHits(ifNoneMatch, found.cid)) return json(304, undefined, headers);
  return jsonText(200, documentText(presentHead(found), found.document), headers);
}

import { json, type KeyCaller, type Reply, readStoredJson, refuse } from '@keyward/guard';
import type { DocumentDeps } from '../document-deps.ts';
import { findDocument } from '../stored-document.ts';
import { diffJson } from './diff-json.ts';
import { findVersion } from './find-version.ts';

/** What changed from one version to another, as a JSON Patch. Default: from the one before the last to the last. */
export async function diffVersions(
  { database }: DocumentDeps,
  caller: KeyCaller,
  request: { id: string; from?: number | undefined; to?: number | undefined },
): Promise<Reply> {
  const { id } = request;
  const current = await findDocument(database.orm, caller, id);
  if (current === undefined) return refuse('not_found');
  const { to = current.version } = request;
  const { from = Math.max(to - 1, 1) } = request;
  const [before, after] = await Promise.all([
    findVersion(database.orm, caller, id, from),
    findVersion(database.orm, caller, id, to),
  ]);
  if (before === undefined || after === undefined) return refuse('not_found');
  return json(200, {
    id,
    from: { version: from, cid: before.cid, token_id: before.tokenId },
    to: { version: to, cid: after.cid, token_id: after.tokenId },
    patch: diffJson(readStoredJson(before.document), readStoredJson(after.document)),
  });
}

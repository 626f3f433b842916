import { type KeyCaller, type Reply, readStoredJson, refuse } from '@keyward/guard';
import { changeDocument } from '../change-document.ts';
import type { DocumentDeps } from '../document-deps.ts';
import { findVersion } from './find-version.ts';

/** Makes the content of an earlier version the newest one. The document stays where it stands. */
export function restoreVersion(
  deps: DocumentDeps,
  caller: KeyCaller,
  request: { id: string; version: number; ifMatch: string | undefined },
): Promise<Reply> {
  const { id, version, ifMatch } = request;
  return changeDocument(deps, caller, {
    id,
    ifMatch,
    query: {},
    kind: 'restore',
    async next(_current, tx) {
      const found = await findVersion(tx, caller, id, version);
      return found === undefined ? refuse('not_found') : readStoredJson(found.document);
    },
  });
}

import { type KeyCaller, type Reply, readStoredJson, refuse } from '@keyward/guard';
import { changeDocument } from './change-document.ts';
import type { DocumentDeps } from './document-deps.ts';
import { collectFindings } from './findings.ts';
import { isJsonObject } from './json-object.ts';
import { mergePatch } from './merge-patch.ts';
import { respell } from './respell.ts';

/** Applies a JSON Merge Patch (RFC 7396) to a document; its fields may be spelled as documents' may (N2). */
export async function patchDocument(
  deps: DocumentDeps,
  caller: KeyCaller,
  request: { id: string; ifMatch: string | undefined; body: unknown },
): Promise<Reply> {
  const { id, ifMatch, body } = request;
  const errors = collectFindings();
  const patch = isJsonObject(body) ? respell(body, errors) : body;
  if (errors.list.length > 0) return refuse('invalid_request', { errors: errors.list });
  return changeDocument(deps, caller, {
    id,
    ifMatch,
    query: {},
    kind: 'patch',
    next: (current) => mergePatch(readStoredJson(current), patch),
  });
}

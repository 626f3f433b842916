import type { PreparedDocument } from '../prepare-document.ts';

/** What a document's content fills, by the names of the columns. */
export function contentColumns(prepared: PreparedDocument | undefined) {
  return {
    cid: prepared?.cid,
    standards: prepared?.standards,
    name: prepared?.sortName,
    search_text: prepared?.searchText,
    traits: prepared?.traits,
    document: prepared?.canonical,
    document_bytes: prepared?.canonicalBytes,
  };
}

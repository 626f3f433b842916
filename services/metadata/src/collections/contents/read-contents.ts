import { and, inArray, or, sql } from 'drizzle-orm';
import { metadata, metadataVersions } from '../../documents/tables.ts';
import type { CollectionFile, Reader } from './collection-files.ts';

const pageFiles = 250;
const pageBytes = 2 * 1024 * 1024;

/**
 * The documents of these files, in their order, a few at a time: memory does not grow with the collection. Each is as its
 * CID says, though it may have been changed since: then it is read from the history (N3). Throws when it is gone for good.
 */
export async function* readContents(
  database: Reader,
  files: readonly CollectionFile[],
): AsyncGenerator<{ file: CollectionFile; document: string }> {
  for (const page of pagesOf(files)) {
    const documents = await documentsOf(database, page);
    for (const file of page) {
      const document = documents.get(keyOf(file));
      if (document === undefined) throw new Error(`the document ${file.documentId} is gone`);
      yield { file, document };
    }
  }
}

function* pagesOf(files: readonly CollectionFile[]): Generator<readonly CollectionFile[]> {
  let page: CollectionFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (page.length >= pageFiles || (page.length > 0 && bytes + file.bytes > pageBytes)) {
      yield page;
      page = [];
      bytes = 0;
    }
    page.push(file);
    bytes += file.bytes;
  }
  if (page.length > 0) yield page;
}

async function documentsOf(
  { orm }: Reader,
  page: readonly CollectionFile[],
): Promise<ReadonlyMap<string, string>> {
  const current = await orm
    .select({ documentId: metadata.id, cid: metadata.cid, document: metadata.document })
    .from(metadata)
    .where(
      inArray(
        metadata.id,
        page.map(({ documentId }) => documentId),
      ),
    );
  const found = new Map(current.map((row) => [keyOf(row), row.document]));
  const changed = page.filter((file) => !found.has(keyOf(file)));
  if (changed.length === 0) return found;
  const past = await orm
    .select({
      documentId: metadataVersions.documentId,
      cid: metadataVersions.cid,
      document: metadataVersions.document,
    })
    .from(metadataVersions)
    .where(or(...changed.map(({ documentId, cid }) => isVersion(documentId, cid))));
  return new Map([...found, ...past.map((row) => [keyOf(row), row.document] as const)]);
}

function isVersion(documentId: string, cid: string) {
  return and(sql`${metadataVersions.documentId} = ${documentId}`, sql`${metadataVersions.cid} = ${cid}`);
}

function keyOf({ documentId, cid }: { documentId: string; cid: string }): string {
  return `${documentId}/${cid}`;
}

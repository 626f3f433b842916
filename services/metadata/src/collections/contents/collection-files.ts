import { type Problem, refuse } from '@keyward/guard';
import type { Orm, Transaction } from '@keyward/guard/database';
import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { type CollectionRow, metadata } from '../../documents/tables.ts';
import { contractFileName, type FileNaming, tokenFileName } from './file-names.ts';

/** What contents are read with: a database, or a transaction on it. */
export interface Reader {
  readonly orm: Orm | Transaction;
}

/** A document that is a file of its collection. */
export interface CollectionFile {
  readonly name: string;
  readonly documentId: string;
  /** Of the document under `unixfs-v1-2025`. */
  readonly cid: string;
  readonly bytes: number;
}

/** Tokens of one collection that are exported at once. */
export const tokensMax = 100_000;

const columns = {
  documentId: metadata.id,
  tokenId: metadata.tokenId,
  cid: metadata.cid,
  bytes: metadata.documentBytes,
};

/** The files of a collection as they are at this moment, the tokens in the order of their ids; without their content. */
export async function collectionFiles(
  { orm }: Reader,
  collection: CollectionRow,
  naming: FileNaming,
): Promise<CollectionFile[] | Problem> {
  const isIn = and(eq(metadata.collectionId, collection.id), isNull(metadata.deletedAt));
  const tokens = await orm
    .select(columns)
    .from(metadata)
    .where(and(isIn, isNotNull(metadata.tokenId)))
    .orderBy(asc(sql`length(${metadata.tokenId})`), asc(metadata.tokenId))
    .limit(tokensMax + 1);
  if (tokens.length > tokensMax) {
    return refuse('conflict', {
      detail: `The collection has more than ${tokensMax} tokens, which do not make one directory: divide it into several collections.`,
    });
  }
  const files = tokens.map(({ tokenId, ...file }) => ({
    ...file,
    name: tokenFileName(tokenId ?? '', naming),
  }));
  if (collection.contractId === null) return files;
  const contract = await orm
    .select(columns)
    .from(metadata)
    .where(and(isIn, eq(metadata.id, collection.contractId)));
  return [
    ...files,
    ...contract.map(({ tokenId: _, ...file }) => ({ ...file, name: contractFileName(naming) })),
  ];
}

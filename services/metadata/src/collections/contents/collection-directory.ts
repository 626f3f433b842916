import { isProblem, type Problem } from '@keyward/guard';
import {
  type Directory,
  type DirectoryFile,
  unixfsDirectory,
} from '../../content-identifiers/unixfs/directory.ts';
import { fileBlocks } from '../../content-identifiers/unixfs/file-blocks.ts';
import type { Profile } from '../../content-identifiers/unixfs/profile.ts';
import type { CollectionRow } from '../../documents/tables.ts';
import { type CollectionFile, collectionFiles, type Reader } from './collection-files.ts';
import type { FileNaming } from './file-names.ts';
import { readContents } from './read-contents.ts';

export interface Export {
  readonly profile: Profile;
  readonly naming: FileNaming;
}

export interface CollectionDirectory extends Directory {
  readonly files: readonly CollectionFile[];
}

/**
 * The directory of a collection's documents: the tokens by their ids, and the contract's metadata (N4). Its CID is what
 * an importer of that profile gives. 409 beyond 100,000 tokens.
 */
export async function collectionDirectory(
  database: Reader,
  collection: CollectionRow,
  { profile, naming }: Export,
): Promise<CollectionDirectory | Problem> {
  const files = await collectionFiles(database, collection, naming);
  if (isProblem(files)) return files;
  const named =
    profile === 'unixfs-v1-2025' ? files.map(asOneBlock) : await imported(database, files, profile);
  return { ...(await unixfsDirectory(named, profile)), files };
}

/** A document fits into one block, which is the file itself: what the row says is enough. */
function asOneBlock({ name, cid, bytes }: CollectionFile): DirectoryFile {
  return { name, cid, totalBytes: bytes };
}

async function imported(
  database: Reader,
  files: readonly CollectionFile[],
  profile: Profile,
): Promise<DirectoryFile[]> {
  const named: DirectoryFile[] = [];
  for await (const { file, document } of readContents(database, files)) {
    const { cid, totalBytes } = await fileBlocks(Buffer.from(document), profile);
    named.push({ name: file.name, cid, totalBytes });
  }
  return named;
}

import type { Database } from '@keyward/guard/database';
import { carBlock, carHeader } from '../../content-identifiers/unixfs/car.ts';
import { fileBlocks } from '../../content-identifiers/unixfs/file-blocks.ts';
import type { Profile } from '../../content-identifiers/unixfs/profile.ts';
import type { CollectionDirectory } from './collection-directory.ts';
import { readContents } from './read-contents.ts';

const pieceBytes = 64 * 1024;

/**
 * A collection as a CAR (version 1), a piece at a time: first the directory's blocks, then those of the files, each
 * block once. It is made while it is read; documents that change meanwhile are given as the directory has them.
 */
export function collectionCar(
  database: Database,
  directory: CollectionDirectory,
  profile: Profile,
): ReadableStream<Uint8Array> {
  const pieces = carPieces(database, directory, profile);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

/** Blocks are small: several go into one piece. */
async function* carPieces(
  database: Database,
  directory: CollectionDirectory,
  profile: Profile,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of carParts(database, directory, profile)) {
    waiting.push(part);
    bytes += part.byteLength;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (waiting.length > 0) yield Buffer.concat(waiting);
}

async function* carParts(
  database: Database,
  directory: CollectionDirectory,
  profile: Profile,
): AsyncGenerator<Uint8Array> {
  yield carHeader(directory.cid);
  for (const block of directory.blocks) yield carBlock(block);
  const given = new Set<string>();
  for await (const { document } of readContents(database, directory.files)) {
    const { blocks } = await fileBlocks(Buffer.from(document), profile);
    for (const block of blocks) {
      if (given.has(block.cid)) continue;
      given.add(block.cid);
      yield carBlock(block);
    }
  }
}

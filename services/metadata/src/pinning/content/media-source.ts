import { createHash } from 'node:crypto';
import { code as dagPbCode, encode, prepare } from '@ipld/dag-pb';
import type { Database } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { blockBytesMax, documentCid } from '../../content-identifiers/document-cid.ts';
import { carBlock, carHeader } from '../../content-identifiers/unixfs/car.ts';
import type { MediaStore } from '../../media/index.ts';
import { media } from '../../media/media-table.ts';
import { type CarSource, carSource } from './car-source.ts';

const sha2256 = 0x12;

/** A media file as a CAR, read from its store while it is sent. Undefined: it has been deleted. */
export async function mediaSource(
  { database, store }: { database: Database; store: MediaStore },
  id: string,
): Promise<CarSource | undefined> {
  const [row] = await database.orm.select().from(media).where(eq(media.id, id));
  if (row === undefined) return undefined;
  const { cid, bytes } = row;
  return carSource(cid, async function* pieces() {
    const content = await store.open(row, { start: 0, end: bytes - 1 });
    yield* fileParts(cid, content);
  });
}

/** The leaves as they are read, then the root that links them (`unixfs-v1-2025`). Throws when it is not that of `cid`. */
async function* fileParts(cid: string, content: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield carHeader(cid);
  const leaves: { cid: string; bytes: number }[] = [];
  const given = new Set<string>();
  for await (const chunk of chunksOf(content)) {
    const leaf = { cid: documentCid(chunk), bytes: chunk };
    leaves.push({ cid: leaf.cid, bytes: chunk.byteLength });
    if (given.has(leaf.cid)) continue;
    given.add(leaf.cid);
    yield carBlock(leaf);
  }
  const root = leaves.length === 1 ? undefined : rootOf(leaves);
  if ((root?.cid ?? leaves[0]?.cid) !== cid) throw new Error('a media file is not what its CID says');
  if (root !== undefined) yield carBlock(root);
}

function rootOf(leaves: readonly { cid: string; bytes: number }[]): { cid: string; bytes: Uint8Array } {
  const unixfs = new UnixFS({ type: 'file', blockSizes: leaves.map(({ bytes }) => BigInt(bytes)) });
  const links = leaves.map(({ cid, bytes }) => ({ Name: '', Hash: CID.parse(cid), Tsize: bytes }));
  const bytes = encode(prepare({ Data: unixfs.marshal(), Links: links }));
  const digest = create(sha2256, createHash('sha256').update(bytes).digest());
  return { cid: CID.createV1(dagPbCode, digest).toString(), bytes };
}

async function* chunksOf(content: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (let piece of content) {
    while (bytes + piece.byteLength >= blockBytesMax) {
      const taken = piece.subarray(0, blockBytesMax - bytes);
      yield Buffer.concat([...waiting, taken]);
      piece = piece.subarray(taken.byteLength);
      waiting = [];
      bytes = 0;
    }
    if (piece.byteLength === 0) continue;
    waiting.push(piece);
    bytes += piece.byteLength;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

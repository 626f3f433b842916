import { Readable } from 'node:stream';
import type { Database } from '@keyward/guard/database';
import { expect, test } from 'vitest';
import { contentIdOf } from '../../media/content-id.ts';
import { createIpfsNetwork } from '../testing/index.ts';
import { mediaSource } from './media-source.ts';

const mebibyte = 1024 * 1024;

/** The source of a file of these bytes, which come in pieces of an odd size. */
async function sourceOf(content: Buffer, cid: string) {
  const row = { cid, bytes: content.byteLength };
  const orm = { select: () => ({ from: () => ({ where: async () => [row] }) }) };
  const pieces = function* () {
    for (let at = 0; at < content.byteLength; at += 65_521) yield content.subarray(at, at + 65_521);
  };
  const open = async () => Readable.toWeb(Readable.from(pieces())) as ReadableStream<Uint8Array>;
  const made = await mediaSource(
    { database: { orm } as unknown as Database, store: { open } as never },
    'id',
  );
  if (made === undefined) throw new Error('no source');
  return made;
}

test.each([1, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte + 7])(
  'N6: a file of %d bytes is a whole CAR whose root is its CID, from any byte on the same',
  async (bytes) => {
    const content = Buffer.from(Uint8Array.from({ length: bytes }, (_, n) => (n * 7919) >> 5));
    const { cid } = contentIdOf(content);
    const source = await sourceOf(content, cid);
    const car = Buffer.from(await new Response(source.open(0)).arrayBuffer());
    expect(car.byteLength).toBe(await source.bytes());
    const network = createIpfsNetwork();
    expect(network.addCar(car)).toBe(cid);
    const from = Math.floor(car.byteLength / 3);
    expect(Buffer.from(await new Response(source.open(from)).arrayBuffer()).equals(car.subarray(from))).toBe(
      true,
    );
  },
);

test('N6: a file that is not what its CID says is not sent whole', async () => {
  const source = await sourceOf(Buffer.from('changed'), contentIdOf(Buffer.from('kept')).cid);
  await expect(source.bytes()).rejects.toThrow('not what its CID says');
});

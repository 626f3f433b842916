import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Of } from '../content-id.ts';
import type { ExaminedFile } from '../examine/job.ts';
import type { ImageType } from '../media-type.ts';
import {
  animated,
  decoded,
  eachType,
  pixels,
  still,
  withPrivateMetadata,
} from '../testing/image-fixtures.ts';
import { examineImage } from './examine-image.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examine-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;

async function examine(content: Uint8Array, type: ImageType, preserveMetadata = false) {
  files += 1;
  const file = join(folder, `${files}`);
  await writeFile(file, content);
  return examineImage({ kind: 'examine', file, cleanFile: `${file}.clean`, type, preserveMetadata });
}

async function accepted(content: Uint8Array, type: ImageType, preserveMetadata = false) {
  const image = await examine(content, type, preserveMetadata);
  expect(image).toMatchObject({ kind: 'examined', type });
  const result = image as ExaminedFile;
  const kept = await readFile(result.file);
  expect([kept.length, sha256Of(kept)]).toEqual([result.bytes, result.sha256]);
  return { ...result, kept };
}

test.each(Object.entries(await eachType()) as [ImageType, Buffer][])(
  'U1: %s is kept without private metadata, its pixels untouched',
  async (type, content) => {
    const { kept } = await accepted(content, type);
    expect(kept.includes('secret-owner')).toBe(false);
    expect((await decoded(kept)).equals(await decoded(content))).toBe(true);
  },
);

test('U1: preserve=true keeps every byte', async () => {
  const content = await withPrivateMetadata(still(), 6).jpeg().toBuffer();
  const { kept, width, height } = await accepted(content, 'image/jpeg', true);
  expect(kept.equals(content)).toBe(true);
  expect([width, height]).toEqual([32, 48]);
});

test('a file without private metadata keeps every byte', async () => {
  const content = await still().png().toBuffer();
  expect((await accepted(content, 'image/png')).kept.equals(content)).toBe(true);
});

test.each(['jpeg', 'png', 'webp'] as const)(
  'U1: the orientation of a %s is applied to its pixels, and its colour profile stays',
  async (format) => {
    const turned = await withPrivateMetadata(still(), 6)[format]().toBuffer();
    const { kept, width, height } = await accepted(turned, `image/${format}`);
    const [metadata, original] = await Promise.all([sharp(kept).metadata(), sharp(turned).metadata()]);
    expect([width, height, metadata.orientation, metadata.exif]).toEqual([32, 48, undefined, undefined]);
    expect(metadata.icc?.equals(original.icc as Buffer)).toBe(true);
    const [before, after] = await Promise.all([sharp(turned).autoOrient().raw().toBuffer(), decoded(kept)]);
    const meanError =
      before.reduce((sum, value, at) => sum + Math.abs(value - (after[at] as number)), 0) / before.length;
    expect(meanError).toBeLessThan(6);
  },
);

test('N6: the CID is that of the profile unixfs-v1-2025', async () => {
  const small = await accepted(await still().png().toBuffer(), 'image/png');
  expect(small.cid).toMatch(/^bafkrei/);
  const large = await accepted(await still(1, 800, 800).png({ compressionLevel: 0 }).toBuffer(), 'image/png');
  expect(large.cid).toMatch(/^bafybei/);
});

test('U1: image data that is damaged or too short for its size is refused', async () => {
  const jpeg = await still(1, 200, 200).jpeg({ quality: 95 }).toBuffer();
  const half = Buffer.concat([jpeg.subarray(0, jpeg.length >> 1), Buffer.from([0xff, 0xd9])]);
  expect(await examine(half, 'image/jpeg')).toMatchObject({ kind: 'malformed' });
  const gif = await animated(2).gif().toBuffer();
  gif.fill(0xff, gif.length - 400, gif.length - 300);
  expect(await examine(gif, 'image/gif')).toMatchObject({ kind: 'malformed' });
  expect(await examine(png(100, 100, deflateSync(Buffer.alloc(50 * 301))), 'image/png')).toMatchObject({
    kind: 'malformed',
  });
});

test('U1: a bomb is refused by its header, before anything is decoded', async () => {
  const bomb = png(30_000, 30_000, deflateSync(Buffer.alloc(1_000_000)));
  expect(await examine(bomb, 'image/png')).toMatchObject({ kind: 'oversized' });
  const wide = png(70_000, 1, deflateSync(Buffer.alloc(210_001)));
  expect(await examine(wide, 'image/png')).toMatchObject({ kind: 'oversized' });
});

test('U1: an animation of too many frames is refused', async () => {
  const gif = await animated(1).gif().toBuffer();
  const tableBytes = (gif[10] as number) & 0x80 ? 3 << (((gif[10] as number) & 7) + 1) : 0;
  const frame = Buffer.from('2c000000000100010000020244010000', 'hex').subarray(0, 15);
  const many = Buffer.concat([
    gif.subarray(0, 13 + tableBytes),
    ...Array.from({ length: 1_001 }, () => frame),
    Buffer.from([0x3b]),
  ]);
  expect(await examine(many, 'image/gif')).toMatchObject({
    kind: 'oversized',
    reason: 'An animation has at most 1000 frames.',
  });
});

test('U1: what the first bytes say must be what the decoder finds', async () => {
  const jpeg = await still().jpeg().toBuffer();
  expect(await examine(jpeg, 'image/png')).toMatchObject({ kind: 'malformed' });
});

test('a refused file is not written again', async () => {
  await examine(Buffer.from('GIF89a/*'), 'image/gif');
  expect((await readdir(folder)).filter((name) => name === `${files}.clean`)).toEqual([]);
});

test('a turned 16-bit PNG keeps its depth', async () => {
  const content = await sharp(pixels(), { raw: { width: 48, height: 32, channels: 3 } })
    .toColourspace('rgb16')
    .withMetadata({ orientation: 3 })
    .png()
    .toBuffer();
  const { kept } = await accepted(content, 'image/png');
  expect((await sharp(kept).metadata()).depth).toBe('ushort');
});

/** A PNG that claims a size for any image data. */
function png(width: number, height: number, data: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const content = Buffer.concat([Buffer.from(name), data]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, checksum]);
}

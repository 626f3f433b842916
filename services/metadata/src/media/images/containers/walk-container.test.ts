import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImageType } from '../../media-type.ts';
import {
  animated,
  decoded,
  eachType,
  fixtureHeight,
  fixtureWidth,
  still,
} from '../../testing/image-fixtures.ts';
import { walkContainer } from './walk-container.ts';

const files = Object.entries(await eachType()) as [ImageType, Buffer][];
const others: [string, ImageType, Buffer][] = [
  ['progressive JPEG', 'image/jpeg', await still().jpeg({ progressive: true }).toBuffer()],
  ['interlaced PNG', 'image/png', await still().png({ progressive: true }).toBuffer()],
  ['palette PNG', 'image/png', await still().png({ palette: true }).toBuffer()],
  ['lossless WebP', 'image/webp', await still().webp({ lossless: true }).toBuffer()],
  ['lossy WebP', 'image/webp', await still().webp().toBuffer()],
  ['WebP with alpha', 'image/webp', await still().ensureAlpha(0.5).webp().toBuffer()],
  ['still GIF', 'image/gif', await still().gif().toBuffer()],
];

function clean(type: ImageType, file: Buffer): Buffer {
  const container = walkContainer(type, file);
  if (container.kind === 'malformed') throw new Error(container.reason);
  return Buffer.concat(container.pieces);
}

describe.each(files)('U1: %s', (type, file) => {
  test('size and frames are read from the container', () => {
    const frames = type === 'image/gif' || type === 'image/webp' ? 3 : 1;
    expect(walkContainer(type, file)).toMatchObject({
      type,
      width: fixtureWidth,
      height: fixtureHeight,
      frames,
    });
  });

  test('private metadata is left out, pixels, colours and animation stay', async () => {
    const cleaned = clean(type, file);
    const [before, after] = await Promise.all([sharp(file).metadata(), sharp(cleaned).metadata()]);
    expect(cleaned.includes('secret-owner')).toBe(false);
    expect(after).toMatchObject({ hasProfile: before.hasProfile });
    expect([after.exif, after.xmp, after.iptc, after.comments]).toEqual(Array(4).fill(undefined));
    expect([after.icc, after.loop, after.delay, after.pages]).toEqual([
      ...[before.icc, before.loop, before.delay, before.pages],
    ]);
    expect((await decoded(cleaned)).equals(await decoded(file))).toBe(true);
  });

  test('cleaning twice changes nothing more', () => {
    const once = clean(type, file);
    expect(clean(type, once).equals(once)).toBe(true);
  });

  test('a file cut off anywhere is refused', () => {
    for (let bytes = 0; bytes < file.length; bytes += 1) {
      expect(walkContainer(type, file.subarray(0, bytes)).kind, `${bytes} bytes`).toBe('malformed');
    }
  });

  test.each(['\0', 'PK\x03\x04', '<script>', '\xff\xd9'])('trailing %j is refused', (tail) => {
    expect(walkContainer(type, Buffer.concat([file, Buffer.from(tail, 'latin1')])).kind).toBe('malformed');
  });

  test('changed bytes never make the walk throw', () => {
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, (list) => {
        const changed = Buffer.from(file);
        for (const [at, byte] of list) changed[at] = byte;
        expect(['container', 'malformed']).toContain(walkContainer(type, changed).kind);
      }),
      { numRuns: 300 },
    );
  });

  test('is no container of another type', () => {
    for (const [other] of files) {
      if (other !== type) expect(walkContainer(other, file).kind).toBe('malformed');
    }
  });
});

test.each(others)('U1: a %s passes with all its pixels', async (_name, type, file) => {
  expect((await decoded(clean(type, file))).equals(await decoded(file))).toBe(true);
});

test('U1: a script hidden in a GIF comment does not survive', async () => {
  const gif = await animated(2).gif().toBuffer();
  const script = '*/=1;alert(1)//';
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe, script.length]), Buffer.from(`${script}\0`)]);
  const tableBytes = 3 << (((gif[10] as number) & 7) + 1);
  const at = 13 + ((gif[10] as number) & 0x80 ? tableBytes : 0);
  const polyglot = Buffer.concat([gif.subarray(0, at), comment, gif.subarray(at)]);
  expect(clean('image/gif', polyglot).includes('alert')).toBe(false);
  expect(clean('image/gif', polyglot).equals(clean('image/gif', gif))).toBe(true);
});

test('U1: an animated PNG is refused', async () => {
  const png = await still().png().toBuffer();
  const control = Buffer.from('000000086163544c000000020000000000000000', 'hex');
  const { crc32 } = await import('node:zlib');
  control.writeUInt32BE(crc32(control.subarray(4, 16)), 16);
  const apng = Buffer.concat([png.subarray(0, 33), control, png.subarray(33)]);
  expect(walkContainer('image/png', apng)).toEqual({
    kind: 'malformed',
    reason: 'Animated PNGs are not accepted.',
  });
});

test('U1: a thumbnail in the JFIF header is left out', async () => {
  const jpeg = await still().jpeg().toBuffer();
  const plain = Buffer.from('ffe000104a46494600010100000100010000', 'hex');
  const thumbnail = Buffer.from('ffe0001c4a46494600010100000100010202aaaaaaaaaaaaaaaaaaaaaaaa', 'hex');
  const withHeader = (header: Buffer) => Buffer.concat([jpeg.subarray(0, 2), header, jpeg.subarray(2)]);
  expect(clean('image/jpeg', withHeader(thumbnail)).equals(withHeader(plain))).toBe(true);
});

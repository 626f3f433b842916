import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { type CorpusEntry, kept, refused, tooLarge } from './corpus-entry.ts';
import { paddedPng, plainPng, pngChunk, pngClaiming, withChunks } from './make-png.ts';
import type { Seeded } from './seeded.ts';

const script = '<script>alert(1)</script>';
const fileBytesMax = 52_428_800;

function noise(random: Seeded, frames = 1): Sharp {
  const [width, height] = [40 + random.next(60), 30 + random.next(50)];
  const data = random.bytes(width * height * 3 * frames);
  const raw = { width, height: height * frames, channels: 3 as const };
  return sharp(data, { raw: frames === 1 ? raw : { ...raw, pageHeight: height } });
}

/** What phones and editors write about people. */
function withSecrets(image: Sharp, orientation = 1): Sharp {
  return image
    .withMetadata({ orientation })
    .withExifMerge({
      IFD0: { Copyright: 'secret-owner', ImageDescription: script },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' },
    })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret-owner/>${script}</x:xmpmeta>`);
}

async function eachType(random: Seeded): Promise<readonly (readonly [string, Buffer])[]> {
  return [
    ['image/png', await noise(random).png().toBuffer()],
    ['image/jpeg', await noise(random).jpeg().toBuffer()],
    ['image/gif', await noise(random, 3).gif().toBuffer()],
    ['image/webp', await noise(random, 3).webp().toBuffer()],
  ];
}

/** Good images of each type, and the same cut, lengthened and damaged. */
export async function wholeAndBroken(random: Seeded): Promise<CorpusEntry[]> {
  const entries: CorpusEntry[] = [];
  const tails = ['PK\x03\x04archive', script, '%PDF-1.7', '\0'];
  for (const [at, [type, file]] of (await eachType(random)).entries()) {
    const cut = 20 + random.next(file.length - 40);
    entries.push(
      kept(type, file, { described: { type } }),
      refused(`${type} cut at ${cut}`, file.subarray(0, cut)),
      refused(`${type} without its last byte`, file.subarray(0, -1)),
      refused(`${type} with something behind it`, Buffer.concat([file, Buffer.from(tails[at] ?? '')])),
      refused(`${type} twice in one file`, Buffer.concat([file, file])),
    );
  }
  const damaged = Buffer.from(entries[0]?.content ?? '');
  damaged[60] = (damaged[60] ?? 0) ^ 0xff;
  const jpeg = await noise(random).jpeg({ quality: 95 }).toBuffer();
  const half = Buffer.concat([jpeg.subarray(0, jpeg.length >> 1), Buffer.from([0xff, 0xd9])]);
  return [
    ...entries,
    refused('a PNG with a wrong checksum', damaged),
    refused('half a JPEG with an end', half),
  ];
}

/** Bombs by pixels, frames and compressed chunks. */
export async function bombs(random: Seeded): Promise<CorpusEntry[]> {
  const big = deflateSync(Buffer.alloc(100_000_000));
  const jpeg = await noise(random).jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  const vast = Buffer.from(jpeg);
  vast.writeUInt32BE(0xffffffff, frame + 5);
  const gif = await noise(random).gif().toBuffer();
  const table = (gif[10] as number) & 0x80 ? 3 << (((gif[10] as number) & 7) + 1) : 0;
  const tiny = Buffer.from('2c00000000010001000002024401 00'.replace(' ', ''), 'hex');
  const manyFrames = Buffer.concat([
    gif.subarray(0, 13 + table),
    ...Array.from({ length: 1_001 + random.next(500) }, () => tiny),
    Buffer.from([0x3b]),
  ]);
  const text = (name: string) => pngChunk(name, Buffer.concat([Buffer.from('a\0\0'), big]));
  return [
    tooLarge('a PNG of 30,000 × 30,000', pngClaiming(30_000, 30_000, deflateSync(Buffer.alloc(1_000)))),
    tooLarge('a PNG of 70,000 × 1', plainPng(70_000, 1)),
    tooLarge('a PNG of 2³¹ − 1 × 2³¹ − 1', pngClaiming(0x7fffffff, 0x7fffffff, big)),
    tooLarge('a JPEG of 65,535 × 65,535', vast),
    tooLarge('a GIF of too many frames', manyFrames),
    refused('a PNG of 0 × 0', pngClaiming(0, 0, deflateSync(Buffer.alloc(10)))),
    { ...kept('a PNG whose image data go on for ever', pngClaiming(100, 100, big)), status: [201, 415] },
    {
      ...kept('a PNG with a bomb for a colour profile', plainPng(9, 9, text('iCCP'))),
      status: [201, 413, 415],
    },
    kept('a PNG with a bomb for a text', withChunks(plainPng(9, 9), text('zTXt')), { without: ['zTXt'] }),
  ];
}

/** Files that are images and something else too, or only say so. */
export async function polyglots(random: Seeded): Promise<CorpusEntry[]> {
  const jpeg = await noise(random).jpeg().toBuffer();
  const comment = Buffer.from(`\xff\xfe\0\x40${'%PDF-1.4 <?php system($_GET[0]);'.padEnd(62)}`, 'latin1');
  const commented = Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
  const png = await noise(random).png().toBuffer();
  const zipEnd = Buffer.alloc(22);
  zipEnd.write('PK\x05\x06', 'latin1');
  // The archive's comment takes in the chunk's checksum and the end of the picture.
  zipEnd.writeUInt16LE(16, 20);
  const zipped = withChunks(png, pngChunk('ziPp', zipEnd));
  return [
    kept('a JPEG with PHP and a PDF mark in a comment', commented, { without: ['php', '%PDF'] }),
    refused('the same, to be kept as it is', commented, { preserve: true }),
    kept('a PNG that ends as a ZIP archive', zipped, { without: ['PK\x05\x06'] }),
    refused('the same, to be kept as it is', zipped, { preserve: true }),
    refused('a GIF that is JavaScript', Buffer.from('GIF89a/*aaaa*/=1;alert(1);//')),
    refused('an animated PNG', plainPng(9, 9, pngChunk('acTL', Buffer.from('0000000200000000', 'hex')))),
    refused('a PNG with an unknown critical chunk', plainPng(9, 9, pngChunk('EVIL', random.bytes(9)))),
    refused('a PNG with two headers', plainPng(9, 9, pngChunk('IHDR', Buffer.alloc(13)))),
  ];
}

/** What is none of the six types. */
export async function otherTypes(random: Seeded): Promise<CorpusEntry[]> {
  const texts = {
    'an SVG with a script': `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`,
    'an SVG behind an XML declaration': `<?xml version="1.0"?><svg onload="alert(1)" xmlns="http://www.w3.org/2000/svg"/>`,
    HTML: `<!doctype html>${script}`,
    'a PDF': '%PDF-1.7\n1 0 obj',
    'a program for Windows': `MZ${'\0'.repeat(100)}`,
    'a program for Linux': '\x7fELF\x02\x01\x01',
    'a shell script': '#!/bin/sh\nrm -rf /\n',
    'a ZIP archive': 'PK\x03\x04\x14\0\0\0',
    'an MP3': 'ID3\x03\0\0\0\0\0\0',
    'an AVI': 'RIFF\x10\0\0\0AVI LIST',
    'one byte': 'a',
    nothing: '',
    JSON: '{"type":"image/png"}',
  };
  return [
    ...Object.entries(texts).map(([name, text]) => refused(name, Buffer.from(text, 'latin1'))),
    refused('a TIFF', await noise(random).tiff().toBuffer()),
    refused('an AVIF', await noise(random).avif({ effort: 0 }).toBuffer()),
    refused('noise', random.bytes(5_000)),
    refused(
      'the PNG signature and noise',
      Buffer.concat([plainPng(9, 9).subarray(0, 8), random.bytes(5_000)]),
    ),
  ];
}

/** Private metadata, orientation, rare forms, sizes to the byte. */
export async function metadataAndForms(random: Seeded): Promise<CorpusEntry[]> {
  const without = ['secret-owner', '<script', 'GPS', 'Exif', 'EXIF', 'eXIf'];
  const phone = await withSecrets(noise(random)).jpeg().toBuffer();
  const turned = await withSecrets(sharp({ create: canvas(60, 40) }), 6)
    .jpeg()
    .toBuffer();
  const png = await noise(random).png().toBuffer();
  const told = withChunks(png, pngChunk('tEXt', Buffer.from(`Comment\0${script}`)));
  return [
    kept('a JPEG that says who, when and where', phone, { without }),
    kept('the same, to be kept as it is', phone, { preserve: true, isKeptWhole: true }),
    kept('a PNG that says so', await withSecrets(noise(random)).png().toBuffer(), { without }),
    kept('a WebP that says so', await withSecrets(noise(random)).webp().toBuffer(), { without }),
    kept('a PNG with a script for a text', told, { without: ['<script', 'tEXt'] }),
    kept('a turned JPEG', turned, { without, described: { width: 40, height: 60 } }),
    kept('a turned JPEG, to be kept as it is', turned, { preserve: true, isKeptWhole: true }),
    kept('a progressive JPEG', await noise(random).jpeg({ progressive: true }).toBuffer()),
    kept('a JPEG for print', await noise(random).toColourspace('cmyk').jpeg().toBuffer()),
    kept('a PNG of 16 bits', await noise(random).toColourspace('rgb16').png().toBuffer()),
    kept('a PNG of one pixel', plainPng(1, 1), { described: { width: 1, height: 1 } }),
    kept('a file of exactly 50 MiB', paddedPng(png, fileBytesMax)),
    tooLarge('a file of one byte more', paddedPng(png, fileBytesMax + 1)),
  ];
}

const canvas = (width: number, height: number) =>
  ({ width, height, channels: 3, background: '#c0ffee' }) as const;

import {
  BufferTarget,
  EncodedPacket,
  EncodedVideoPacketSource,
  MkvOutputFormat,
  MovOutputFormat,
  Mp4OutputFormat,
  Output,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny';
import { type CorpusEntry, kept, refused } from './corpus-entry.ts';
import type { Seeded } from './seeded.ts';

/** A video whose container is real and whose frames are noise: the product does not decode them. */
async function video(random: Seeded, format: OutputFormat, wishes: { title?: string; tracks?: number } = {}) {
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const sources = Array.from({ length: wishes.tracks ?? 1 }, () => new EncodedVideoPacketSource('vp9'));
  for (const source of sources) output.addVideoTrack(source, { frameRate: 30 });
  if (wishes.title !== undefined) output.setMetadataTags({ title: wishes.title, date: new Date() });
  await output.start();
  const decoderConfig = {
    codec: 'vp09.00.10.08',
    codedWidth: 64,
    codedHeight: 48,
    colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
  } as const;
  for (let frame = 0; frame < 20 + random.next(20); frame += 1) {
    for (const [at, source] of sources.entries()) {
      const data = at === 0 ? random.bytes(300 + random.next(300)) : Buffer.from('secret-place '.repeat(9));
      const type = frame === 0 ? 'key' : 'delta';
      await source.add(new EncodedPacket(data, type, frame / 30, 1 / 30), { decoderConfig });
    }
  }
  await output.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}

function box(type: string, content: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
}

/** The same bytes with others in their place, at the n-th occurrence. */
function patched(file: Buffer, find: string, put: Uint8Array, shift = 0, nth = 1): Buffer {
  const copy = Buffer.from(file);
  let at = -1;
  for (let count = 0; count < nth; count += 1) at = copy.indexOf(find, at + 1, 'latin1');
  if (at === -1) throw new Error(`the video has no ${find}`);
  copy.set(put, at + shift);
  return copy;
}

const zipEnd = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);
const all = Buffer.from([0xff, 0xff, 0xff, 0xff]);

export async function mp4s(random: Seeded): Promise<CorpusEntry[]> {
  const format = new Mp4OutputFormat({ fastStart: 'in-memory' });
  const mp4 = await video(random, format);
  const fragmented = await video(random, new Mp4OutputFormat({ fastStart: 'fragmented' }));
  const titled = await video(random, format, { title: 'secret-title' });
  const sensors = patched(await video(random, format, { tracks: 2 }), 'vide', Buffer.from('meta'), 0, 2);
  const described = { type: 'video/mp4', width: 64, height: 48, frames: null };
  const zipped = Buffer.concat([mp4, box('free', zipEnd)]);
  const nested = Array.from({ length: 40 }).reduce<Buffer>((inner) => box('trak', inner), Buffer.alloc(0));
  return [
    kept('an MP4', mp4, { described }),
    kept('a fragmented MP4', fragmented, { described }),
    kept('an MP4 with a title', titled, { without: ['secret-title'], described }),
    kept('the same, to be kept as it is', titled, { preserve: true, isKeptWhole: true }),
    kept('an MP4 with a track of positions', sensors, { without: ['secret-place'], described }),
    kept('an MP4 with a box of anybody’s', Buffer.concat([mp4, box('uuid', Buffer.from('<script>secret'))]), {
      without: ['<script', 'secret'],
    }),
    kept('an MP4 that ends as a ZIP archive', zipped, { without: ['PK\x05\x06'] }),
    refused('the same, to be kept as it is', zipped, { preserve: true }),
    refused('an MP4 cut in the middle', mp4.subarray(0, mp4.length >> 1)),
    refused('an MP4 without its last byte', mp4.subarray(0, -1)),
    refused('an MP4 with bytes behind it', Buffer.concat([mp4, random.bytes(7)])),
    refused('an MP4 with HTML behind it', Buffer.concat([mp4, Buffer.from('<html><script>')])),
    refused('an MP4 with a box of an unknown type', Buffer.concat([mp4, box('evil', random.bytes(9))])),
    refused('an MP4 with two movies', Buffer.concat([mp4, box('moov', Buffer.alloc(0))])),
    refused('an MP4 that is its brand only', mp4.subarray(0, mp4.readUInt32BE(0))),
    refused(
      'an MP4 with an endless brand',
      Buffer.concat([box('ftyp', Buffer.from('isom'.repeat(500))), mp4]),
    ),
    refused(
      'an MP4 with a box of 2⁶⁴ bytes',
      Buffer.concat([mp4, Buffer.from('00000001667265650fffffffffffffff', 'hex')]),
    ),
    refused('an MP4 nested forty deep', patchedMovie(mp4, nested)),
    refused(
      'an MP4 whose samples lie behind its end',
      patched(mp4, 'stco', Buffer.from('7fffffff', 'hex'), 12),
    ),
    refused('an MP4 that says it has 2³² samples', patched(mp4, 'stsz', all, 12)),
    refused('an MP4 without pictures', patched(mp4, 'vide', Buffer.from('soun'))),
  ];
}

/** The movie's boxes are those of `inner`. */
function patchedMovie(mp4: Buffer, inner: Buffer): Buffer {
  return Buffer.concat([mp4.subarray(0, mp4.readUInt32BE(0)), box('moov', inner)]);
}

export async function webms(random: Seeded): Promise<CorpusEntry[]> {
  const webm = await video(random, new WebMOutputFormat());
  const live = await video(random, new WebMOutputFormat({ appendOnly: true }));
  const titled = await video(random, new WebMOutputFormat(), { title: 'secret-title' });
  const described = { type: 'video/webm', width: 64, height: 48 };
  return [
    kept('a WebM', webm, { described }),
    kept('a WebM as browsers record it', live, { described }),
    kept('a WebM with a title', titled, { without: ['secret-title'], described }),
    refused('a WebM cut in the middle', webm.subarray(0, webm.length >> 1)),
    refused('a WebM without its last byte', webm.subarray(0, -1)),
    refused('a live WebM without its last byte', live.subarray(0, -1)),
    refused('a WebM with bytes behind it', Buffer.concat([webm, Buffer.from('PK\x03\x04')])),
    refused('a live WebM with bytes behind it', Buffer.concat([live, Buffer.from('<html>')])),
    refused('a WebM that is its header only', webm.subarray(0, 40)),
    refused('a Matroska that is no WebM', await video(random, new MkvOutputFormat())),
    refused('a QuickTime film', await video(random, new MovOutputFormat({ fastStart: 'in-memory' }))),
  ];
}

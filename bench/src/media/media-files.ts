import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny';
import sharp from 'sharp';

const videoBytes = 50 * 1024 * 1024;

/** An MP4 of a little less than 50 MiB whose frames are noise that differs by `seed`. */
export async function largeVideo(seed: number): Promise<Buffer> {
  const frames = 500;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const source = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(source, { frameRate: 30 });
  await output.start();
  const noise = Buffer.alloc(Math.floor((videoBytes - 64 * 1024) / frames));
  for (let frame = 0; frame < frames; frame += 1) {
    fill(noise, seed * frames + frame + 1);
    const type = frame % 30 === 0 ? 'key' : 'delta';
    await source.add(new EncodedPacket(Buffer.from(noise), type, frame / 30, 1 / 30), {
      decoderConfig: {
        codec: 'vp09.00.10.08',
        codedWidth: 1920,
        codedHeight: 1080,
        colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
      },
    });
  }
  await output.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}

/** A JPEG of 12 megapixels with the metadata that phones write. */
export function photo(seed: number, orientation: number): Promise<Buffer> {
  const [width, height] = [4000, 3000];
  const data = Buffer.alloc(width * height * 3);
  const noise = Buffer.alloc(4096);
  fill(noise, seed + 1);
  for (let at = 0; at < data.length; at += 1) {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    data[at] = ((x + seed) % 251) / 2 + (y % 239) / 3 + ((noise[(at * 7 + y) % 4096] ?? 0) >> 4);
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .withMetadata({ orientation })
    .withExifMerge({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

function fill(noise: Buffer, seed: number): void {
  let state = seed;
  for (let at = 0; at + 4 <= noise.length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise.writeUInt32LE(state, at);
  }
}

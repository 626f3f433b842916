import {
  BufferTarget,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';

export interface VideoWishes {
  readonly frames?: number;
  readonly frameBytes?: number;
  readonly width?: number;
  readonly height?: number;
  readonly title?: string;
  readonly isFragmented?: boolean;
  readonly seed?: number;
}

/** A video whose container is real and whose frames are noise: nothing here decodes them. */
export async function video(type: 'video/mp4' | 'video/webm', wishes: VideoWishes = {}): Promise<Buffer> {
  const { frames = 30, frameBytes = 500, width = 64, height = 48, title, isFragmented, seed = 1 } = wishes;
  const target = new BufferTarget();
  const format =
    type === 'video/webm'
      ? new WebMOutputFormat(isFragmented ? { appendOnly: true } : {})
      : new Mp4OutputFormat({ fastStart: isFragmented ? 'fragmented' : 'in-memory' });
  const output = new Output({ format, target });
  const source = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(source, { frameRate: 30 });
  if (title !== undefined) output.setMetadataTags({ title, comment: title, date: new Date(0) });
  await output.start();
  let state = seed;
  for (let frame = 0; frame < frames; frame += 1) {
    const data = Buffer.alloc(frameBytes);
    for (let at = 0; at < data.length; at += 4) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      data.writeUInt32LE(state, Math.min(at, data.length - 4));
    }
    const packet = new EncodedPacket(data, frame % 30 === 0 ? 'key' : 'delta', frame / 30, 1 / 30);
    await source.add(packet, {
      decoderConfig: {
        codec: 'vp09.00.10.08',
        codedWidth: width,
        codedHeight: height,
        colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
      },
    });
  }
  await output.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}

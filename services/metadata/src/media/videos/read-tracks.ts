import { FilePathSource, Input, MP4, WEBM } from 'mediabunny';
import { malformed, oversized, type RefusedFile } from '../examine/job.ts';

export interface VideoTrack {
  readonly kind: 'track';
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
}

const sidePixelsMax = 16_384;
const framePixelsMax = 100_000_000;
const tracksMax = 32;
const durationMsMax = 24 * 3600 * 1000;

/** Reads a video's tracks as a player does; there must be one with pictures, of a codec that is known (U1). */
export async function readTracks(path: string): Promise<VideoTrack | RefusedFile> {
  try {
    using input = new Input({ formats: [MP4, WEBM], source: new FilePathSource(path) });
    if ((await input.getTracks()).length > tracksMax)
      return oversized(`A video has at most ${tracksMax} tracks.`);
    const track = await input.getPrimaryVideoTrack();
    if (!track || (await track.getCodec()) === null) return malformed('The file has no video track.');
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    if (!(width > 0 && height > 0)) return malformed('The video does not say its size.');
    if (Math.max(width, height) > sidePixelsMax || width * height > framePixelsMax) {
      return oversized(
        `A video has at most ${sidePixelsMax} pixels on a side and ${framePixelsMax} in a frame.`,
      );
    }
    const durationMs = Math.round((await input.computeDuration()) * 1000);
    if (!(durationMs > 0)) return malformed('The video has no frames.');
    if (durationMs > durationMsMax) return oversized('A video lasts at most 24 hours.');
    return { kind: 'track', width, height, durationMs };
  } catch {
    // What the parser says is not for the public.
    return malformed('The video could not be read.');
  }
}

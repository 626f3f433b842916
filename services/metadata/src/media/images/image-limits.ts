import type { Container } from './containers/container.ts';

export interface ImageLimits {
  /** Pixels of one frame. */
  readonly framePixelsMax: number;
  readonly framesMax: number;
  /** Pixels of one frame times the number of frames. */
  readonly totalPixelsMax: number;
  readonly sidePixelsMax: number;
}

export const imageLimits: ImageLimits = {
  framePixelsMax: 100_000_000,
  framesMax: 1_000,
  totalPixelsMax: 400_000_000,
  sidePixelsMax: 65_535,
};

/** Why the image is too large to be decoded, judged by its header alone; undefined when it is not. */
export function beyondLimits(image: Container, limits: ImageLimits): string | undefined {
  const pixels = image.width * image.height;
  if (Math.max(image.width, image.height) > limits.sidePixelsMax) {
    return `An image has at most ${limits.sidePixelsMax} pixels on a side.`;
  }
  if (pixels > limits.framePixelsMax) return `An image has at most ${limits.framePixelsMax} pixels.`;
  if (image.frames > limits.framesMax) return `An animation has at most ${limits.framesMax} frames.`;
  if (pixels * image.frames > limits.totalPixelsMax) {
    return `An animation has at most ${limits.totalPixelsMax} pixels over all its frames.`;
  }
  return undefined;
}

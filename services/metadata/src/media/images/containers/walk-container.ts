import type { ImageType } from '../../media-type.ts';
import type { Container, Malformed, Walk } from './container.ts';
import { walkGif } from './walk-gif.ts';
import { walkJpeg } from './walk-jpeg.ts';
import { walkPng } from './walk-png.ts';
import { walkWebp } from './walk-webp.ts';

const walks: Readonly<Record<ImageType, Walk>> = {
  'image/png': walkPng,
  'image/jpeg': walkJpeg,
  'image/gif': walkGif,
  'image/webp': walkWebp,
};

/** Proves that `file` is one whole container of `type` and finds the pieces without private metadata. */
export function walkContainer(type: ImageType, file: Buffer): Container | Malformed {
  return walks[type](file);
}

import sharp, { type Metadata, type Sharp } from 'sharp';
import type { ImageType } from '../media-type.ts';
import { imageLimits } from './image-limits.ts';

sharp.cache(false);
sharp.concurrency(1);
// Only these four decoders exist for us, whatever the bytes look like to libvips.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadWebpBuffer',
  ],
});

const input = {
  sequentialRead: true,
  failOn: 'warning',
  limitInputPixels: imageLimits.totalPixelsMax,
} as const;

/** Reads an image's header. Throws when the decoder does not know it. */
export function readHeader(file: Uint8Array): Promise<Metadata> {
  return sharp(file, input).metadata();
}

/** Decodes every frame of an image and throws away the pixels. Throws at the first thing that is wrong with them. */
export async function decodeWhole(file: Uint8Array, header: Metadata): Promise<void> {
  const height = header.pageHeight ?? header.height;
  // Decoders read from top to bottom: who wants the last row of every frame makes them decode all, in little memory.
  await sharp(file, { ...input, pages: -1 })
    .extract({ left: 0, top: height - 1, width: 1, height: 1 })
    .raw()
    .toBuffer();
}

/** Applies the EXIF orientation to the pixels and encodes again without metadata; colours and ICC profile stay. */
export function uprightCopy(file: Uint8Array, type: ImageType, header: Metadata): Promise<Buffer> {
  const image = sharp(file, input).autoOrient().keepIccProfile();
  return encode(inColorsOf(header, image), type);
}

/** A smaller still copy of an image, as WebP; of an animation its first frame. */
export function smallCopy(file: Uint8Array, sidePixelsMax: number): Promise<Buffer> {
  return sharp(file, input)
    .autoOrient()
    .resize(sidePixelsMax, sidePixelsMax, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer();
}

function inColorsOf(header: Metadata, image: Sharp): Sharp {
  if (header.space === 'cmyk') return image.toColourspace('cmyk');
  return header.depth === 'ushort' ? image.toColourspace('rgb16') : image;
}

function encode(image: Sharp, type: ImageType): Promise<Buffer> {
  if (type === 'image/jpeg') return image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
  if (type === 'image/webp') return image.webp({ quality: 95 }).toBuffer();
  return image.png().toBuffer();
}

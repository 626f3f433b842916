import sharp, { type Sharp } from 'sharp';

export const fixtureWidth = 48;
export const fixtureHeight = 32;

/** Pixels that look like a photo to encoders, different for every `seed`. */
export function pixels(seed = 1, width = fixtureWidth, height = fixtureHeight): Buffer {
  const data = Buffer.alloc(width * height * 3);
  let state = seed;
  for (let at = 0; at < data.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[at] = ((at / 7) % 200) + (state >>> 28) + seed * 3;
  }
  return data;
}

export function still(seed = 1, width = fixtureWidth, height = fixtureHeight): Sharp {
  return sharp(pixels(seed, width, height), { raw: { width, height, channels: 3 } });
}

export function animated(frames: number): Sharp {
  const strip = Buffer.concat(Array.from({ length: frames }, (_, frame) => pixels(frame * 5 + 1)));
  return sharp(strip, {
    raw: { width: fixtureWidth, height: fixtureHeight * frames, channels: 3, pageHeight: fixtureHeight },
  });
}

/** EXIF as phones write it: who, when and where; `orientation` 1 to 8. */
export function withPrivateMetadata(image: Sharp, orientation = 1): Sharp {
  return image
    .withMetadata({ orientation })
    .withExifMerge({
      IFD0: { Copyright: 'secret-owner', Artist: 'secret-owner' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100' },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret-owner/></x:xmpmeta>')
    .withIccProfile('p3');
}

/** One image of each accepted type, with private metadata where the type has room for it. */
export async function eachType(): Promise<Record<string, Buffer>> {
  return {
    'image/png': await withPrivateMetadata(still()).png().toBuffer(),
    'image/jpeg': await withPrivateMetadata(still()).jpeg().toBuffer(),
    'image/gif': await animated(3).gif({ loop: 4 }).toBuffer(),
    'image/webp': await withPrivateMetadata(animated(3)).webp().toBuffer(),
  };
}

/** Decoded pixels of every frame. */
export function decoded(file: Uint8Array): Promise<Buffer> {
  return sharp(file, { pages: -1 }).raw().toBuffer();
}

import { fileTypeFromBuffer } from 'file-type';

export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export const videoTypes = ['video/mp4', 'video/webm'] as const;
export const mediaTypes = [...imageTypes, ...videoTypes] as const;

export type ImageType = (typeof imageTypes)[number];
export type VideoType = (typeof videoTypes)[number];
export type MediaType = ImageType | VideoType;

/** Bytes from the start of a file that `detectType` wants to see. */
export const headBytes = 4100;

/** The type that the first bytes of a file say, if it is one that we take (U1). A hint: the whole file is examined later. */
export async function detectType(head: Uint8Array): Promise<MediaType | undefined> {
  const mime = (await fileTypeFromBuffer(head))?.mime;
  return mediaTypes.find((type) => type === mime);
}

export function isImageType(type: MediaType): type is ImageType {
  return imageTypes.includes(type as ImageType);
}

export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

export type ImageType = (typeof imageTypes)[number];

export function isImageType(type: string | undefined): type is ImageType {
  return imageTypes.includes(type as ImageType);
}

/** Pixels of a thumbnail's longer side, at most. Few, so that what one file can cost is bounded. */
export const thumbnailSizes = ['64', '128', '256', '512', '1024'] as const;

export type ThumbnailSize = (typeof thumbnailSizes)[number];

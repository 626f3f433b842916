export { mediaContract } from './contract.ts';
export { createMedia, type Media, type MediaLog, type MediaOptions } from './create-media.ts';
export { media, mediaUsage } from './media-table.ts';
export type { ByteRange, MediaStore, StoreUsage } from './storage/media-store.ts';

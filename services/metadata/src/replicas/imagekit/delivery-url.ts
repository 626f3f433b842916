import type { ReplicaItem } from '../replica.ts';

const extensions = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
} as const;

/** Where a file lies at ImageKit: a folder, and a name of the characters that it leaves alone. */
export function imageKitPlace({ ownerKey, environment, sha256, type }: ReplicaItem) {
  const folder = `/keyward/${ownerKey}/${environment}`;
  const name = `${sha256}.${extensions[type]}`;
  return { folder, name, path: `${folder}/${name}` };
}

/** The file as it was uploaded; without `orig-true` ImageKit delivers what it deems better. */
export function originalUrl(urlEndpoint: string, item: ReplicaItem): string {
  return `${urlEndpoint}${imageKitPlace(item).path}?tr=orig-true`;
}

/** A thumbnail that fits into a square, made by ImageKit when it is asked for; of a video, of its first picture. */
export function thumbnailUrl(urlEndpoint: string, item: ReplicaItem, sidePixelsMax: number): string {
  const picture = item.type.startsWith('video/') ? '/ik-thumbnail.jpg' : '';
  const fit = `tr:w-${sidePixelsMax},h-${sidePixelsMax},c-at_max`;
  return `${urlEndpoint}/${fit}${imageKitPlace(item).path}${picture}`;
}

import { isProblem, type Problem } from '@keyward/guard';
import { mediaPlace } from '../media-place.ts';
import type { MediaSetting } from '../media-setting.ts';
import type { MediaRow } from '../media-table.ts';
import type { ByteRange } from '../storage/media-store.ts';
import type { ThumbnailSize } from '../thumbnails/thumbnail-size.ts';

/** Bytes to be served, and what they are. */
export interface Content {
  readonly type: string;
  readonly name: string;
  readonly bytes: number;
  readonly entityTag: string;
  open(range: ByteRange): Promise<ReadableStream<Uint8Array>> | ReadableStream<Uint8Array>;
}

/** The file of a row, or a thumbnail of it. */
export async function mediaContent(
  { store, thumbnails }: Pick<MediaSetting, 'store' | 'thumbnails'>,
  row: MediaRow,
  size: ThumbnailSize | undefined,
): Promise<Content | Problem> {
  if (size === undefined) {
    const { type, name, bytes, sha256 } = row;
    const open = (range: ByteRange) => store.open(mediaPlace(row, sha256), range);
    return { type, name, bytes, entityTag: `"${sha256}"`, open };
  }
  const thumbnail = await thumbnails.get(row, size);
  if (isProblem(thumbnail)) return thumbnail;
  return {
    type: 'image/webp',
    name: `${row.name}-${size}.webp`,
    bytes: thumbnail.bytes,
    entityTag: `"${row.sha256}-${size}"`,
    open: (range) => thumbnail.open(range),
  };
}

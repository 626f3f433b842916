import type { MediaPlace } from '../media-place.ts';

/** Inclusive positions of the first and last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoreUsage {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Keeps bytes by content (N6). It knows no rows and no rights; whoever calls it has judged both. */
export interface MediaStore {
  /** Takes a finished file of the same machine, already synced; durable when it resolves. Replaces equal content. */
  put(place: MediaPlace, file: string): Promise<void>;
  /** Bytes of the range, read as they are asked for. Throws when there is nothing at `place`. */
  open(place: MediaPlace, range: ByteRange): Promise<ReadableStream<Uint8Array>>;
  /** Does nothing when there is nothing. */
  delete(place: MediaPlace): Promise<void>;
  usage(): Promise<StoreUsage>;
  /** Everything that it keeps, in no order. */
  list(): AsyncIterable<MediaPlace>;
}

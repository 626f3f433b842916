import type { MediaPlace } from '../media/media-place.ts';
import type { MediaType } from '../media/media-type.ts';
import type { ByteRange } from '../media/storage/media-store.ts';

/** One content of one owner and environment, as a replica knows it. */
export interface ReplicaItem extends MediaPlace {
  readonly type: MediaType;
  readonly bytes: number;
}

/** What became of a file: kept, or never to be kept there. `reason` is public. */
export type Kept =
  | {
      readonly kind: 'stored';
      /** What the store calls it, where that is not its place. */
      readonly remoteId: string | null;
      /** Where anybody can see it; null where nobody can. */
      readonly url: string | null;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * A second home of files (N6). Local disk stays the source of truth; what is here can be made again from there.
 * Everything may be repeated: the same content lies at the same place. A store that is away, or not able, throws:
 * `StoreAway` where it said for how long.
 */
export interface Replica {
  readonly name: StoreName;
  /** Keeps a file of this machine. Whole and under its place once it resolves. */
  put(item: ReplicaItem, file: string, signal: AbortSignal): Promise<Kept>;
  /** Bytes of the range. Throws when there is nothing. */
  open(item: ReplicaItem, range: ByteRange, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
  /** Reads the whole file back and hashes it. Of a store that delivers from caches this proves nothing, and it has none. */
  readonly prove?: (item: ReplicaItem, signal: AbortSignal) => Promise<ReadBack>;
  /** Does nothing when there is nothing. `remoteId`: what `put` said, if that is known. */
  delete(item: ReplicaItem, remoteId: string | null, signal: AbortSignal): Promise<void>;
}

/** What a store has in place of a file: the same bytes, others, or nothing; `denied`: it does not say. */
export type ReadBack = 'same' | 'altered' | 'missing' | 'denied';

export type StoreName = 's3' | 'imagekit';

/** What kept a store from doing its work: the service as a whole, our credentials, or something about this one file. */
export type StoreFault = 'service' | 'credentials' | 'file';

/** A store that cannot take or give anything now. The message names no secret. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway';
  /** How long it asked to be left alone. */
  readonly retryAfterMs: number | undefined;
  readonly fault: StoreFault;
  constructor(message: string, retryAfterMs?: number, fault: StoreFault = 'service') {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.fault = fault;
  }
}

import type { ImageType } from '../../media-type.ts';

/** What a walk over an image's container found out, before any decoder has seen the file. */
export interface Container {
  readonly kind: 'container';
  readonly type: ImageType;
  /** Pixels of one frame, as the header says. */
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** The file without private metadata, as pieces to be written one after the other. */
  readonly pieces: readonly Uint8Array[];
}

/** Why a file is not one whole, well-formed image. `reason` is public. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly reason: string;
}

/** Reads a whole file of its type: every byte must belong to the structure, from the signature to the end. */
export type Walk = (file: Buffer) => Container | Malformed;

export function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason };
}

export const truncated: Malformed = malformed('The image ends before its end marker.');
export const trailing: Malformed = malformed('There are bytes after the end of the image.');

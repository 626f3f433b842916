import type { ImageType, MediaType } from '../media-type.ts';

/** Checks a file to its last byte, takes private metadata out of it, and names it by its content. */
export interface ExamineJob {
  readonly kind: 'examine';
  /** The file as it arrived; may be changed in place. */
  readonly file: string;
  /** Where to write it when its length has to change. */
  readonly cleanFile: string;
  /** What its first bytes say. */
  readonly type: MediaType;
  readonly preserveMetadata: boolean;
}

/** Makes a small still WebP of an image. */
export interface ThumbnailJob {
  readonly kind: 'thumbnail';
  readonly file: string;
  readonly type: ImageType;
  /** Where to write it. */
  readonly target: string;
  /** Its longer side, at most. */
  readonly sidePixelsMax: number;
}

export type Job = ExamineJob | ThumbnailJob;

/** A file that may be kept: the bytes at `file`, synced to disk, and what they are. */
export interface ExaminedFile {
  readonly kind: 'examined';
  readonly file: string;
  readonly type: MediaType;
  readonly bytes: number;
  readonly sha256: string;
  readonly cid: string;
  /** Of the file as it arrived; null for a video that had to change, which is not read once more for it. */
  readonly originalSha256: string | null;
  /** As shown, with the orientation applied. */
  readonly width: number;
  readonly height: number;
  /** Null for videos. */
  readonly frames: number | null;
  /** Null for images. */
  readonly durationMs: number | null;
  /** What was made sure of, for the receipt. */
  readonly checks: readonly string[];
}

export interface Thumbnail {
  readonly kind: 'thumbnail';
  readonly bytes: number;
}

/** `malformed`: not one whole file of an accepted type. `oversized`: beyond a cap. `reason` is public. */
export interface RefusedFile {
  readonly kind: 'malformed' | 'oversized';
  readonly reason: string;
}

/** No process had time for the job. */
export interface Busy {
  readonly kind: 'busy';
}

export const busy: Busy = { kind: 'busy' };

/** What a process says when it has loaded what it needs; then, of each job, its outcome. */
export const readyMessage = 'ready';

export type OutcomeOf<J extends Job> = RefusedFile | (J extends ExamineJob ? ExaminedFile : Thumbnail);
export type Outcome = ExaminedFile | Thumbnail | RefusedFile;

export function malformed(reason: string): RefusedFile {
  return { kind: 'malformed', reason };
}

export function oversized(reason: string): RefusedFile {
  return { kind: 'oversized', reason };
}

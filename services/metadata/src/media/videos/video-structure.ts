import type { RefusedFile } from '../examine/job.ts';
import type { Patch } from './patch.ts';
import type { VideoFile } from './video-file.ts';

/** What a walk over a video's container found out. */
export interface VideoStructure {
  readonly kind: 'structure';
  /** What takes private metadata and hidden bytes out of the file. */
  readonly patches: readonly Patch[];
}

/** Proves that every byte of the file belongs to one container. May throw `BeyondEndError` for a truncated one. */
export type VideoWalk = (file: VideoFile) => Promise<VideoStructure | RefusedFile>;

import { contentIdOfFile } from '../content-id.ts';
import { type ExaminedFile, type ExamineJob, malformed, type RefusedFile } from '../examine/job.ts';
import { otherFormatIn } from '../examine/other-format.ts';
import { walkMp4 } from './mp4/walk-mp4.ts';
import { applyPatches, changingPatches } from './patch.ts';
import { readTracks } from './read-tracks.ts';
import { BeyondEndError, openVideo, type VideoFile } from './video-file.ts';
import type { VideoStructure } from './video-structure.ts';
import { walkWebm } from './webm/walk-webm.ts';

/**
 * Checks a video's container to its last byte and takes private metadata out of it in place, so that the file keeps its
 * length (U1). The frames themselves are not decoded. Reads a piece at a time.
 */
export async function examineVideo(job: ExamineJob): Promise<ExaminedFile | RefusedFile> {
  await using file = await openVideo(job.file);
  const structure = await walk(job, file);
  if (structure.kind !== 'structure') return structure;
  const isChanged = !job.preserveMetadata && (await removeMetadata(file, structure));
  const track = await readTracks(job.file);
  if (track.kind !== 'track') return track;
  const polyglot = await otherFormatIn(job.file);
  if (polyglot) return polyglot;
  const synced = file.sync();
  const id = contentIdOfFile(job.file);
  await synced;
  return {
    ...{ kind: 'examined', file: job.file, type: job.type, bytes: file.bytes, ...id },
    originalSha256: isChanged ? null : id.sha256,
    width: track.width,
    height: track.height,
    frames: null,
    durationMs: track.durationMs,
    checks: [
      ...['type_by_content', 'whole_container', 'size_limits', 'video_track', 'no_other_format'],
      job.preserveMetadata ? 'metadata_preserved' : 'metadata_removed',
    ],
  };
}

async function walk(job: ExamineJob, file: VideoFile): Promise<VideoStructure | RefusedFile> {
  try {
    return await (job.type === 'video/webm' ? walkWebm(file) : walkMp4(file));
  } catch (error) {
    if (error instanceof BeyondEndError) return malformed('The video ends too early.');
    throw error;
  }
}

/** Whether anything had to change. */
async function removeMetadata(file: VideoFile, { patches }: VideoStructure): Promise<boolean> {
  const changing = await changingPatches(file, patches);
  await applyPatches(file, changing);
  return changing.length > 0;
}

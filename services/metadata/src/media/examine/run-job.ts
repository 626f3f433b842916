import { examineImage } from '../images/examine-image.ts';
import { makeThumbnail } from '../images/make-thumbnail.ts';
import { isImageType } from '../media-type.ts';
import { examineVideo } from '../videos/examine-video.ts';
import type { Job, Outcome } from './job.ts';

/** Does one job, in the process that may be killed. */
export function runJob(job: Job): Promise<Outcome> {
  if (job.kind === 'thumbnail') return makeThumbnail(job);
  return isImageType(job.type) ? examineImage({ ...job, type: job.type }) : examineVideo(job);
}

import { readFile, writeFile } from 'node:fs/promises';
import { malformed, type RefusedFile, type Thumbnail, type ThumbnailJob } from '../examine/job.ts';
import { smallCopy } from './decoder.ts';

/** Writes a still WebP of at most `sidePixelsMax` on its longer side, upright and without metadata; never enlarged. */
export async function makeThumbnail(job: ThumbnailJob): Promise<Thumbnail | RefusedFile> {
  const image = await readFile(job.file);
  const small = await smallCopy(image, job.sidePixelsMax).catch(() => undefined);
  if (!small) return malformed('The image could not be made smaller.');
  await writeFile(job.target, small, { flag: 'wx', mode: 0o600 });
  return { kind: 'thumbnail', bytes: small.length };
}

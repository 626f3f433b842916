import { open, readFile, writeFile } from 'node:fs/promises';
import type { Metadata } from 'sharp';
import { contentIdOf, sha256Of } from '../content-id.ts';
import {
  type ExaminedFile,
  type ExamineJob,
  malformed,
  oversized,
  type RefusedFile,
} from '../examine/job.ts';
import { otherFormatOf } from '../examine/other-format.ts';
import type { ImageType } from '../media-type.ts';
import { walkContainer } from './containers/walk-container.ts';
import { decodeWhole, readHeader, uprightCopy } from './decoder.ts';
import { beyondLimits, imageLimits } from './image-limits.ts';

export interface ImageJob extends ExamineJob {
  readonly type: ImageType;
}

/** Checks an image down to its last pixel and takes private metadata out of it (U1). Reads the whole file into memory. */
export async function examineImage(job: ImageJob): Promise<ExaminedFile | RefusedFile> {
  const original = await readFile(job.file);
  const container = walkContainer(job.type, original);
  if (container.kind === 'malformed') return container;
  const excess = beyondLimits(container, imageLimits);
  if (excess !== undefined) return oversized(excess);
  const decoded = await decode(job, original, container.pieces);
  if (decoded.kind !== 'decoded') return decoded;
  const { content, header } = decoded;
  const polyglot = otherFormatOf(content);
  if (polyglot) return polyglot;
  const isChanged = content !== original;
  const file = isChanged ? job.cleanFile : job.file;
  if (isChanged) await writeFile(file, content, { flag: 'wx', mode: 0o600 });
  const synced = sync(file);
  const id = contentIdOf(content);
  await synced;
  return {
    ...{ kind: 'examined', file, type: job.type, bytes: content.length, ...id },
    originalSha256: isChanged ? sha256Of(original) : id.sha256,
    width: header.autoOrient.width,
    height: header.pageHeight ?? header.autoOrient.height,
    frames: container.frames,
    durationMs: null,
    checks: [
      ...['type_by_content', 'whole_container', 'size_limits', 'every_pixel_decoded', 'no_other_format'],
      job.preserveMetadata ? 'metadata_preserved' : 'metadata_removed',
    ],
  };
}

interface Decoded {
  readonly kind: 'decoded';
  readonly content: Buffer;
  readonly header: Metadata;
}

async function decode(
  job: ImageJob,
  original: Buffer,
  pieces: readonly Uint8Array[],
): Promise<Decoded | RefusedFile> {
  try {
    const header = await readHeader(original);
    if (`image/${header.format}` !== job.type) return undecodable(job.type);
    const content = await cleanContent(job, original, pieces, header);
    const finalHeader = content === original ? header : await readHeader(content);
    await decodeWhole(content, finalHeader);
    return { kind: 'decoded', content, header: finalHeader };
  } catch {
    // What the decoder says is not for the public: it names libraries and their state.
    return undecodable(job.type);
  }
}

async function cleanContent(
  job: ImageJob,
  original: Buffer,
  pieces: readonly Uint8Array[],
  header: Metadata,
): Promise<Buffer> {
  if (job.preserveMetadata) return original;
  const isTurned = (header.orientation ?? 1) !== 1 && (header.pages ?? 1) === 1;
  if (isTurned) return uprightCopy(original, job.type, header);
  const content = Buffer.concat(pieces);
  return content.equals(original) ? original : content;
}

function undecodable(type: ImageType): RefusedFile {
  return malformed(`The file does not decode as ${type}.`);
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

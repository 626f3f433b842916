import { open, readFile, writeFile } from 'node:fs/promises';
import type { Metadata } from 'sharp';
import { cidOf, sha256Of } from '../content-id.ts';
import type { Malformed } from './containers/container.ts';
import { walkContainer } from './containers/walk-container.ts';
import { decodeWhole, readHeader, uprightCopy } from './decoder.ts';
import { beyondLimits, imageLimits } from './image-limits.ts';
import type { ImageType } from './image-type.ts';

export interface ImageJob {
  /** The file as it arrived. */
  readonly file: string;
  /** Where to write it when it has to change. */
  readonly cleanFile: string;
  /** What its first bytes say. */
  readonly type: ImageType;
  readonly preserveMetadata: boolean;
}

/** An image that may be kept: the bytes at `file`, synced to disk, and what they are. */
export interface ExaminedImage {
  readonly kind: 'image';
  readonly file: string;
  readonly type: ImageType;
  readonly bytes: number;
  readonly sha256: string;
  readonly cid: string;
  /** As shown, with the orientation applied. */
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** `malformed`: not one whole image of an accepted type. `oversized`: beyond a cap. `reason` is public. */
export interface RefusedImage {
  readonly kind: 'malformed' | 'oversized';
  readonly reason: string;
}

/** Checks an image down to its last pixel and takes private metadata out of it (U1). Reads the whole file into memory. */
export async function examineImage(job: ImageJob): Promise<ExaminedImage | RefusedImage> {
  const original = await readFile(job.file);
  const container = walkContainer(job.type, original);
  if (container.kind === 'malformed') return container;
  const oversized = beyondLimits(container, imageLimits);
  if (oversized !== undefined) return { kind: 'oversized', reason: oversized };
  const decoded = await decode(job, original, container.pieces);
  if ('kind' in decoded) return decoded;
  const { content, header } = decoded;
  const file = content === original ? job.file : job.cleanFile;
  if (content !== original) await writeFile(file, content, { flag: 'wx', mode: 0o600 });
  await sync(file);
  return {
    kind: 'image',
    file,
    type: job.type,
    bytes: content.length,
    sha256: sha256Of(content),
    cid: await cidOf(content),
    width: header.autoOrient.width,
    height: header.pageHeight ?? header.autoOrient.height,
    frames: container.frames,
  };
}

interface Decoded {
  readonly content: Buffer;
  readonly header: Metadata;
}

async function decode(
  job: ImageJob,
  original: Buffer,
  pieces: readonly Uint8Array[],
): Promise<Decoded | Malformed> {
  try {
    const header = await readHeader(original);
    if (`image/${header.format}` !== job.type) return undecodable(job.type);
    const content = await cleanContent(job, original, pieces, header);
    const finalHeader = content === original ? header : await readHeader(content);
    await decodeWhole(content, finalHeader);
    return { content, header: finalHeader };
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

function undecodable(type: ImageType): Malformed {
  return { kind: 'malformed', reason: `The file does not decode as ${type}.` };
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

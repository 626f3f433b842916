import { malformed, oversized, type RefusedFile } from '../../examine/job.ts';
import type { Patch } from '../patch.ts';
import type { VideoFile } from '../video-file.ts';
import type { VideoWalk } from '../video-structure.ts';
import { type Element, isRefused, readElement, voided } from './element.ts';

const ebmlHeader = 0x1a45dfa3;
const segment = 0x18538067;
const info = 0x1549a966;
const tracks = 0x1654ae6b;
const cluster = 0x1f43b675;
const voidElement = 0xec;
const checksum = 0xbf;
/** SeekHead, Info, Tracks, Cluster, Cues. */
const kept = new Set([0x114d9b74, info, tracks, cluster, 0x1c53bb6b, voidElement, checksum]);
/** Tags, Attachments, Chapters: texts and files that are not needed to play. */
const removed = new Set([0x1254c367, 0x1941a469, 0x1043a770]);
/** Of Info: Title, DateUTC, the file's name and those before and behind it; the checksum holds no longer. */
const removedInfo = new Set([0x7ba9, 0x4461, 0x7384, 0x3c83ab, 0x3e83bb, checksum]);
/** Timestamp, SilentTracks, Position, PrevSize, SimpleBlock, BlockGroup, EncryptedBlock. */
const inCluster = new Set([0xe7, 0x5854, 0xa7, 0xab, 0xa3, 0xa0, 0xaf, voidElement, checksum]);

const elementsMax = 1_000_000;
const headerBytesMax = 512;

interface Walk {
  readonly file: VideoFile;
  readonly patches: Patch[];
  readonly seen: Set<number>;
  elements: number;
}

/**
 * Walks a WebM (RFC 8794, RFC 9559): the EBML header, one segment to the last byte of the file, elements of known kinds
 * only. Taken out are tags, attachments, chapters, title, date and file names, and what lies in padding.
 */
export const walkWebm: VideoWalk = async (file) => {
  const walk: Walk = { file, patches: [], seen: new Set(), elements: 0 };
  const header = await readElement(file, 0, file.bytes);
  if (isRefused(header)) return header;
  if (header.id !== ebmlHeader || header.isOpenEnded || header.end > headerBytesMax) {
    return malformed('The header of the video is malformed.');
  }
  if (header.end === file.bytes) return malformed('The video ends after its header.');
  const body = await readElement(file, header.end, file.bytes);
  if (isRefused(body)) return body;
  if (body.id !== segment) return malformed('The video has no segment.');
  if (body.end !== file.bytes) return malformed('There are bytes after the end of the video.');
  const problem = await walkSegment(walk, body);
  if (problem) return problem;
  if (!walk.seen.has(tracks) || !walk.seen.has(cluster))
    return malformed('The video has no tracks or no frames.');
  return { kind: 'structure', patches: walk.patches };
};

async function walkSegment(walk: Walk, body: Element): Promise<RefusedFile | undefined> {
  for (let at = body.payload; at < body.end; ) {
    const element = await next(walk, at, body.end);
    if (isRefused(element)) return element;
    if (!kept.has(element.id) && !removed.has(element.id)) {
      return malformed('The video has an element of an unknown kind.');
    }
    if (element.isOpenEnded && element.id !== cluster)
      return malformed('An element of the video has no length.');
    walk.seen.add(element.id);
    if (removed.has(element.id)) walk.patches.push(voided(element));
    if (element.id === voidElement) walk.patches.push(emptied(element));
    const end = element.id === cluster ? await walkCluster(walk, element) : element.end;
    if (typeof end !== 'number') return end;
    const problem = element.id === info ? await walkInfo(walk, element) : undefined;
    if (problem) return problem;
    at = end;
  }
  return undefined;
}

/** Where the cluster ends: one of unknown length, as live recordings have, ends with the next element of the segment. */
async function walkCluster(walk: Walk, whole: Element): Promise<number | RefusedFile> {
  let at = whole.payload;
  while (at < whole.end) {
    const element = await next(walk, at, whole.end);
    if (isRefused(element)) return element;
    if (!inCluster.has(element.id)) {
      const endsHere = whole.isOpenEnded && (kept.has(element.id) || removed.has(element.id));
      return endsHere ? at : malformed('A cluster of the video has an element of an unknown kind.');
    }
    if (element.isOpenEnded) return malformed('An element of the video has no length.');
    if (element.id === voidElement) walk.patches.push(emptied(element));
    at = element.end;
  }
  return at;
}

async function walkInfo(walk: Walk, whole: Element): Promise<RefusedFile | undefined> {
  for (let at = whole.payload; at < whole.end; ) {
    const element = await next(walk, at, whole.end);
    if (isRefused(element)) return element;
    if (removedInfo.has(element.id)) walk.patches.push(voided(element));
    else if (element.id === voidElement) walk.patches.push(emptied(element));
    at = element.end;
  }
  return undefined;
}

async function next(walk: Walk, at: number, limit: number): Promise<Element | RefusedFile> {
  walk.elements += 1;
  return walk.elements > elementsMax
    ? oversized(`A video has at most ${elementsMax} elements.`)
    : readElement(walk.file, at, limit);
}

function emptied({ payload, end }: Element): Patch {
  return { start: payload, end, head: Buffer.alloc(0) };
}

import { malformed, oversized, type RefusedFile } from '../../examine/job.ts';
import type { Patch } from '../patch.ts';
import type { VideoFile } from '../video-file.ts';
import type { VideoWalk } from '../video-structure.ts';
import { type Box, boxHeaderBytes, isRefused, readBox } from './box.ts';
import { emptied, erased } from './erase-box.ts';
import { walkFragment, walkMovie } from './walk-movie.ts';

const boxesMax = 100_000;
/** A movie box holds tables only; of a file of 50 MiB it has never more. */
const movieBytesMax = 16 * 1024 * 1024;
const brandBytesMax = 512;

const kept = new Set([
  'ftyp',
  'styp',
  'mdat',
  'moov',
  'moof',
  'sidx',
  'ssix',
  'mfra',
  'pdin',
  'prft',
  'wide',
]);
const padding = new Set(['free', 'skip']);
/** Metadata of the whole file, extensions by anybody, and events: what is not needed to play. */
const removed = new Set(['meta', 'udta', 'uuid', 'emsg']);

/**
 * Walks an MP4 (ISO/IEC 14496-12): the brand first, one movie box, boxes of known types only, to the last byte.
 * Taken out are metadata, times of recording, tracks that are neither picture, sound nor text, and what lies in padding.
 */
export const walkMp4: VideoWalk = async (file) => {
  const patches: Patch[] = [];
  const seen = new Map<string, number>();
  let count = 0;
  for (let at = 0; at < file.bytes; ) {
    const header = await file.read(at, Math.min(boxHeaderBytes, file.bytes - at));
    const box = readBox(header, at, file.bytes);
    if (isRefused(box)) return box;
    count += 1;
    if (count > boxesMax) return oversized(`A video has at most ${boxesMax} boxes.`);
    seen.set(box.type, (seen.get(box.type) ?? 0) + 1);
    const problem = misplaced(box, seen) ?? (await takeBox(file, box, patches));
    if (problem) return problem;
    at = box.end;
  }
  if (!seen.has('moov')) return malformed('The video has no movie box, or ends before it.');
  return { kind: 'structure', patches };
};

function misplaced(box: Box, seen: ReadonlyMap<string, number>): RefusedFile | undefined {
  const { type } = box;
  if ((box.start === 0) !== (type === 'ftyp'))
    return malformed('A video has one brand box, and it comes first.');
  if (type === 'ftyp' && box.end > brandBytesMax) return malformed('The brand box of the video is too long.');
  if (type === 'moov' && seen.get('moov') !== 1) return malformed('The video has more than one movie box.');
  if (!kept.has(type) && !padding.has(type) && !removed.has(type)) {
    return malformed('The video has a box of an unknown type.');
  }
  return undefined;
}

async function takeBox(file: VideoFile, box: Box, patches: Patch[]): Promise<RefusedFile | undefined> {
  if (padding.has(box.type)) patches.push(emptied(box));
  else if (removed.has(box.type)) patches.push(erased(box));
  if (box.type !== 'moov' && box.type !== 'moof') return undefined;
  if (box.end - box.start > movieBytesMax) return oversized('The tables of the video are too long.');
  const content = await file.read(box.payload, box.end - box.payload);
  const found =
    box.type === 'moov' ? walkMovie(content, box.payload, file.bytes) : walkFragment(content, box.payload);
  if (isRefused(found)) return found;
  patches.push(...found);
  return undefined;
}

import { malformed, oversized, type RefusedFile } from '../../examine/job.ts';
import type { Patch } from '../patch.ts';
import { type Box, boxesIn, isRefused } from './box.ts';
import { emptied, erased, zeroed } from './erase-box.ts';
import { sampleRanges } from './sample-ranges.ts';

const boxesMax = 5_000;
const depthMax = 8;
const containers = new Set(['trak', 'mdia', 'minf', 'stbl', 'edts', 'dinf', 'mvex', 'traf', 'tref']);
const removed = new Set(['meta', 'udta', 'uuid']);
const timed = new Set(['mvhd', 'tkhd', 'mdhd']);
/** Picture, sound, subtitles and captions, time code. Other tracks (positions, sensors) are private metadata. */
const shown = new Set(['vide', 'soun', 'text', 'subt', 'sbtl', 'clcp', 'tmcd', 'hint', 'auxv', 'pict']);

interface Walk {
  readonly content: Buffer;
  readonly position: number;
  readonly patches: Patch[];
  boxes: number;
}

/** Patches for a movie box's content at `position`. Proves that its boxes nest, and that its samples lie in the file. */
export function walkMovie(content: Buffer, position: number, fileBytes: number): Patch[] | RefusedFile {
  const walk: Walk = { content, position, patches: [], boxes: 0 };
  const top = childrenOf(walk, { payload: position, end: position + content.length }, 0);
  if (isRefused(top)) return top;
  const isFragmented = top.some(({ box }) => box.type === 'mvex');
  for (const node of top) {
    if (node.box.type !== 'trak') continue;
    const problem = takeTrack(walk, node, fileBytes, isFragmented);
    if (problem) return problem;
  }
  return walk.patches;
}

/** The same for a movie fragment, which names its samples relative to itself. */
export function walkFragment(content: Buffer, position: number): Patch[] | RefusedFile {
  const walk: Walk = { content, position, patches: [], boxes: 0 };
  const top = childrenOf(walk, { payload: position, end: position + content.length }, 0);
  return isRefused(top) ? top : walk.patches;
}

interface Node {
  readonly box: Box;
  readonly children: readonly Node[];
}

function childrenOf(walk: Walk, parent: Pick<Box, 'payload' | 'end'>, depth: number): Node[] | RefusedFile {
  if (depth > depthMax) return malformed('The boxes of the video are nested too deep.');
  const boxes = boxesIn(slice(walk, parent), parent.payload);
  if (isRefused(boxes)) return boxes;
  walk.boxes += boxes.length;
  if (walk.boxes > boxesMax) return oversized(`The tables of a video have at most ${boxesMax} boxes.`);
  const nodes: Node[] = [];
  for (const box of boxes) {
    if (removed.has(box.type)) walk.patches.push(erased(box));
    if (box.type === 'free' || box.type === 'skip') walk.patches.push(emptied(box));
    if (timed.has(box.type)) walk.patches.push(...withoutTimes(walk, box));
    const children = containers.has(box.type) ? childrenOf(walk, box, depth + 1) : [];
    if (isRefused(children)) return children;
    nodes.push({ box, children });
  }
  return nodes;
}

/** When the video was made and last changed, behind version and flags. */
function withoutTimes(walk: Walk, box: Box): Patch[] {
  const version = walk.content[box.payload - walk.position];
  const end = box.payload + 4 + (version === 1 ? 16 : 8);
  return end > box.end ? [] : [zeroed(box.payload + 4, end)];
}

function takeTrack(
  walk: Walk,
  track: Node,
  fileBytes: number,
  isFragmented: boolean,
): RefusedFile | undefined {
  const handler = find(track, ['mdia', 'hdlr']);
  const samples = find(track, ['mdia', 'minf', 'stbl']);
  if (!handler || !samples || handler.box.end < handler.box.payload + 12) {
    return malformed('A track of the video has no handler or no samples.');
  }
  const tables = Object.fromEntries(samples.children.map(({ box }) => [box.type, slice(walk, box)]));
  const ranges = sampleRanges(tables);
  if (isRefused(ranges)) return ranges;
  if (ranges.some(({ end }) => end > fileBytes))
    return malformed('The video ends before its last sample does.');
  const type = slice(walk, handler.box).toString('latin1', 8, 12);
  if (shown.has(type)) return undefined;
  // Its samples would have to be looked for in every fragment.
  if (isFragmented) return malformed('A fragmented video has a track that is neither picture nor sound.');
  walk.patches.push(erased(track.box), ...ranges.map(({ start, end }) => zeroed(start, end)));
  return undefined;
}

function find(node: Node, path: readonly string[]): Node | undefined {
  const [type, ...rest] = path;
  if (type === undefined) return node;
  const child = node.children.find(({ box }) => box.type === type);
  return child && find(child, rest);
}

function slice(walk: Walk, { payload, end }: Pick<Box, 'payload' | 'end'>): Buffer {
  return walk.content.subarray(payload - walk.position, end - walk.position);
}

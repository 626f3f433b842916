import { randomInt } from 'node:crypto';
import { code as dagPb, decode } from '@ipld/dag-pb';
import type { CID } from 'multiformats/cid';
import type { BlockAnswer, MissingBlock } from './fetch-block.ts';

export interface SampleOptions {
  readonly fetch: (cid: CID) => Promise<BlockAnswer>;
  /** A block that is asked for next to the root. */
  readonly first?: CID | undefined;
  readonly blocksMax: number;
  /** No further block is asked for once so many bytes have come. */
  readonly bytesMax: number;
  /** Whether the time is up. */
  readonly isOver: () => boolean;
}

export interface Sample {
  /** Blocks that came and were right. */
  readonly blocks: number;
  /** Whether they are all there are. */
  readonly isWhole: boolean;
  /** The block at which it ended. */
  readonly missing: { readonly cid: CID; readonly answer: MissingBlock } | undefined;
}

/** A block; `below`: those under it that are not known to be had yet, undefined until it has been fetched. */
interface Node {
  readonly cid: CID;
  below: Node[] | undefined;
}

/**
 * Fetches the root of a DAG, then goes down from it again and again, another way each time, chosen at random, to a leaf that
 * was not fetched yet: until all is fetched, a bound is reached or a block is missing. The links come from blocks that were
 * hashed, so nobody can lead it astray; shards of a directory and the parts of a file are only more levels.
 */
export async function sampleDag(root: CID, options: SampleOptions): Promise<Sample> {
  const { fetch, first, blocksMax, bytesMax, isOver } = options;
  const nodes = new Map<string, Node>();
  const nodeOf = (cid: CID): Node => {
    const name = cid.toString();
    const node = nodes.get(name) ?? { cid, below: undefined };
    nodes.set(name, node);
    return node;
  };
  let [blocks, bytes] = [0, 0];
  const visit = async (node: Node): Promise<MissingBlock | undefined> => {
    const answer = await fetch(node.cid);
    if (answer.kind !== 'block') return answer;
    blocks += 1;
    bytes += answer.bytes.byteLength;
    node.below = linksOf(node.cid, answer.bytes).map(nodeOf);
    return undefined;
  };
  const top = nodeOf(root);
  for (const start of first === undefined ? [top] : [top, nodeOf(first)]) {
    const missing = start.below === undefined ? await visit(start) : undefined;
    if (missing !== undefined)
      return { blocks, isWhole: false, missing: { cid: start.cid, answer: missing } };
  }
  let next = unfetchedBelow(top);
  while (next !== undefined && blocks < blocksMax && bytes < bytesMax && !isOver()) {
    const missing = await visit(next);
    if (missing !== undefined) return { blocks, isWhole: false, missing: { cid: next.cid, answer: missing } };
    // On to a leaf before another way is begun: shards are many, and what they name is what may be lost.
    next = unfetchedBelow(next) ?? unfetchedBelow(top);
  }
  return { blocks, isWhole: next === undefined, missing: undefined };
}

/** A random way down to a block that was not fetched; on the way what has nothing left below it is taken out. */
function unfetchedBelow(top: Node): Node | undefined {
  const way = [top];
  for (;;) {
    const node = way.at(-1);
    if (node === undefined) return undefined;
    if (node.below === undefined) return node;
    if (node.below.length > 0) {
      const at = randomInt(node.below.length);
      const chosen = node.below[at] as Node;
      if (chosen.below?.length !== 0) {
        way.push(chosen);
        continue;
      }
      const last = node.below.pop() as Node;
      if (last !== chosen) node.below[at] = last;
    } else way.pop();
  }
}

/** What a block names, each once. Leaves of other codecs are their content and name nothing. */
function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  if (cid.code !== dagPb) return [];
  return [...new Map(decode(bytes).Links.map(({ Hash }) => [Hash.toString(), Hash])).values()];
}

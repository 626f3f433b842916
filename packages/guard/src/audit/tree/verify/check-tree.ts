import type { ClientBase } from 'pg';
import { Frontier } from '../frontier.ts';
import type { TreeHash } from '../merkle.ts';
import type { FindingList } from './findings.ts';
import { blockLeaves, type LeafBlock, leafAt, leafBlocks } from './leaf-blocks.ts';

interface Signed {
  readonly number: number;
  readonly size: number;
  readonly root: TreeHash;
}

export interface TreeInput {
  readonly client: ClientBase;
  readonly findings: FindingList;
  /** The leaves are numbered below this. */
  readonly size: number;
  readonly checkpoints: AsyncIterable<Signed>;
  readonly onProgress: (leaves: number) => void;
}

/** Builds the tree from its leaves and compares it with each checkpoint on the way. Gives the tree as it ends. */
export async function checkTree(input: TreeInput): Promise<Frontier> {
  const walk = new TreeWalk(input);
  for await (const checkpoint of input.checkpoints) {
    if (await walk.reach(checkpoint.size)) walk.compare(checkpoint);
    else walk.endsBefore(checkpoint);
  }
  await walk.reach(input.size);
  walk.end();
  return walk.tree;
}

class TreeWalk {
  readonly tree: Frontier;
  readonly #input: TreeInput;
  readonly #blocks: AsyncGenerator<LeafBlock>;
  readonly #alteredTiles: number[] = [];
  #block: LeafBlock | undefined;
  /** All before has been signed as it is. */
  #sound = 0;
  #isBroken = false;
  #hasHoles = false;
  #broken: { from: number; to: number; checkpoint: number } | undefined;
  #truncated: Signed | undefined;

  constructor(input: TreeInput) {
    this.#input = input;
    this.#blocks = leafBlocks(input.client, input.size);
    this.tree = new Frontier(0, [], (level, tile, root) => {
      if (level === 0 && this.#block?.tiles.get(tile) !== root) this.#alteredTiles.push(tile);
    });
  }

  /** False when there are not so many leaves. */
  async reach(size: number): Promise<boolean> {
    while (this.tree.size < Math.min(size, this.#input.size)) {
      if (this.tree.size % blockLeaves === 0) await this.#nextBlock();
      const block = this.#block as LeafBlock;
      const end = Math.min(size, this.#input.size, block.first + block.hashes.length / 32);
      for (let at = this.tree.size - block.first; at < end - block.first; at += 1)
        this.tree.append(leafAt(block, at));
    }
    return this.tree.size >= size;
  }

  async #nextBlock(): Promise<void> {
    const { value } = await this.#blocks.next();
    this.#block = value as LeafBlock;
    for (const [from, to] of this.#block.missing) {
      this.#hasHoles = true;
      this.#input.findings.add({ kind: 'leaf_removed', from, to });
    }
    this.#input.onProgress(this.tree.size);
  }

  compare({ number, size, root }: Signed): void {
    if (this.#isBroken) return;
    if (size < this.tree.size) {
      this.#input.findings.add({
        kind: 'checkpoint_altered',
        number,
        why: 'it covers less than the one before it',
      });
    } else if (this.tree.root() === root) {
      this.#sound = size;
    } else {
      // Every later root differs as well, and says nothing new.
      this.#isBroken = true;
      this.#broken = { from: this.#sound, to: size - 1, checkpoint: number };
    }
  }

  endsBefore(checkpoint: Signed): void {
    if (checkpoint.size > (this.#truncated?.size ?? 0)) this.#truncated = checkpoint;
  }

  end(): void {
    const { findings, size } = this.#input;
    if (this.#truncated !== undefined) {
      const { number, size: signed } = this.#truncated;
      findings.add({ kind: 'truncated', leaves: size, signed, checkpoint: number });
    }
    const broken = this.#broken;
    // Removed leaves have been named, and tiles over them differ of course.
    if (this.#hasHoles) return;
    if (broken !== undefined) findings.add({ kind: 'leaves_altered', ...this.#narrowed(broken) });
    else for (const tile of this.#alteredTiles) findings.add({ kind: 'tile_altered', tile });
  }

  /** Stored roots of tiles that were left as they were say where between two checkpoints it was. */
  #narrowed(broken: { from: number; to: number; checkpoint: number }) {
    const within = this.#alteredTiles.filter(
      (tile) => tile * 256 <= broken.to && tile * 256 + 255 >= broken.from,
    );
    const [first, last] = [within[0], within.at(-1)];
    if (first === undefined || last === undefined) return broken;
    return { ...broken, from: Math.max(broken.from, first * 256), to: Math.min(broken.to, last * 256 + 255) };
  }
}

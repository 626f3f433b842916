import { emptyRoot, fromBytes, nodeHash, type TreeHash } from './merkle.ts';

/** A hash of a complete tile of 256 came about: `level` 0 is of leaves, each above of 256 roots of the one below. */
export type OnTile = (level: number, tile: number, root: TreeHash) => void;

const tileHeight = 8;
const hashBytes = 32;

/**
 * A tree as far as appending needs it: the roots of the complete subtrees that it consists of, one for each set bit of its
 * size, the largest first. Also called a compact range.
 */
export class Frontier {
  #size: number;
  readonly #roots: TreeHash[];
  readonly #onTile: OnTile;

  constructor(size = 0, roots: readonly TreeHash[] = [], onTile: OnTile = () => {}) {
    if (roots.length !== setBits(size)) throw new RangeError(`${roots.length} roots are no tree of ${size}`);
    this.#size = size;
    this.#roots = [...roots];
    this.#onTile = onTile;
  }

  static decode(size: number, bytes: Uint8Array, onTile?: OnTile): Frontier {
    const roots: TreeHash[] = [];
    for (let at = 0; at < bytes.length; at += hashBytes) {
      roots.push(fromBytes(bytes.subarray(at, at + hashBytes)));
    }
    return new Frontier(size, roots, onTile);
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: TreeHash): void {
    let root = leaf;
    let index = this.#size;
    for (let height = 1; index % 2 === 1; height += 1) {
      root = nodeHash(this.#roots.pop() as TreeHash, root);
      index = (index - 1) / 2;
      if (height % tileHeight === 0) this.#onTile(height / tileHeight - 1, index, root);
    }
    this.#roots.push(root);
    this.#size += 1;
  }

  root(): TreeHash {
    let root = this.#roots.at(-1);
    if (root === undefined) return emptyRoot;
    for (let at = this.#roots.length - 2; at >= 0; at -= 1)
      root = nodeHash(this.#roots[at] as TreeHash, root);
    return root;
  }

  encode(): Buffer {
    return Buffer.from(this.#roots.join(''), 'latin1');
  }
}

function setBits(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}

import type { Database } from '../../../database/database.ts';
import { Frontier } from '../frontier.ts';
import { fromBytes, nodeHash, splitOf, type TreeHash } from '../merkle.ts';
import type { RootOf } from '../proofs.ts';

const tileWidth = 256;
const tileHeight = 8;

/** The leaf or the root of a tile that should be there is not. */
export class TreeIncompleteError extends Error {
  override readonly name = 'TreeIncompleteError';
}

/**
 * Roots over any leaves, read a tile at a time: whatever the tree's size, a proof reads two tiles of each level at most.
 */
export function subtreeRoots(database: Database): RootOf {
  const tiles = new Map<string, Promise<TreeHash[]>>();
  const tileOf = (level: number, tile: number): Promise<TreeHash[]> => {
    const name = `${level}/${tile}`;
    const known = tiles.get(name) ?? readTile(database, level, tile);
    tiles.set(name, known);
    return known;
  };
  const complete = async (height: number, index: number): Promise<TreeHash> => {
    const level = Math.floor(height / tileHeight);
    const width = 2 ** (height % tileHeight);
    const first = index * width;
    const hashes = await tileOf(level, Math.floor(first / tileWidth));
    const frontier = new Frontier();
    for (let at = first % tileWidth, end = at + width; at < end; at += 1)
      frontier.append(present(hashes[at]));
    return frontier.root();
  };
  const rootOf: RootOf = async (from, to) => {
    const size = to - from;
    const height = Math.log2(size);
    if (Number.isInteger(height) && from % size === 0) return complete(height, from / size);
    const middle = from + splitOf(size);
    return nodeHash(await rootOf(from, middle), await rootOf(middle, to));
  };
  return rootOf;
}

function present(hash: TreeHash | undefined): TreeHash {
  if (hash === undefined)
    throw new TreeIncompleteError('The audit tree has a gap: run "keyward audit verify"');
  return hash;
}

const leavesOfTile =
  'SELECT leaf_hash AS hash FROM audit_leaves WHERE seq >= $1 AND seq < $1 + 256 ORDER BY seq';
const rootsOfTile =
  'SELECT root AS hash FROM audit_tiles WHERE level = $2 AND tile >= $1 AND tile < $1 + 256 ORDER BY tile';

/** The hashes of a tile; at level 0 leaves, above the roots of tiles of the level below. */
async function readTile({ pool }: Database, level: number, tile: number): Promise<TreeHash[]> {
  const first = tile * tileWidth;
  const { rows } = await (level === 0
    ? pool.query<{ hash: Buffer }>(leavesOfTile, [first])
    : pool.query<{ hash: Buffer }>(rootsOfTile, [first, level - 1]));
  return rows.map(({ hash }) => fromBytes(hash));
}

import type { ClientBase } from 'pg';
import type { TreeHash } from '../merkle.ts';

/** Neighbouring leaves; where one is missing its place holds zeros. */
export interface LeafBlock {
  readonly first: number;
  /** 32 bytes each. */
  readonly hashes: Buffer;
  /** Ranges of numbers that have no leaf. */
  readonly missing: readonly (readonly [number, number])[];
  /** The stored roots of the complete tiles of this block, by the number of the tile. */
  readonly tiles: ReadonlyMap<number, TreeHash>;
}

/** A whole number of tiles. */
export const blockLeaves = 65_536;

const aggregate = `SELECT count(*)::int AS count, string_agg(leaf_hash, ''::bytea ORDER BY seq) AS hashes
  FROM audit_leaves WHERE seq >= $1 AND seq < $2`;

/** The leaves 0 to `size`, in blocks, each asked for while the one before is worked on. */
export async function* leafBlocks(client: ClientBase, size: number): AsyncGenerator<LeafBlock> {
  let next = size > 0 ? readBlock(client, 0, Math.min(blockLeaves, size)) : undefined;
  for (let to = Math.min(blockLeaves, size); next !== undefined; ) {
    const block = await next;
    const from = to;
    to = Math.min(to + blockLeaves, size);
    next = from < to ? readBlock(client, from, to) : undefined;
    // An error of a block that nobody waits for any more is not another one.
    next?.catch(() => {});
    yield block;
  }
}

async function readBlock(client: ClientBase, from: number, to: number): Promise<LeafBlock> {
  const [{ rows }, tiles] = await Promise.all([
    client.query<{ count: number; hashes: Buffer | null }>(aggregate, [from, to]),
    client.query<{ tile: string; root: Buffer }>(
      'SELECT tile, root FROM audit_tiles WHERE level = 0 AND tile >= $1 AND tile < $2',
      [from / 256, Math.ceil(to / 256)],
    ),
  ]);
  const { count = 0, hashes = null } = rows[0] ?? {};
  const isWhole = count === to - from && hashes?.length === count * 32;
  return {
    first: from,
    ...(isWhole ? { hashes, missing: [] } : await readWithHoles(client, from, to)),
    tiles: new Map(tiles.rows.map(({ tile, root }) => [Number(tile), root.toString('latin1')])),
  };
}

async function readWithHoles(client: ClientBase, from: number, to: number) {
  const { rows } = await client.query<{ seq: string; leaf_hash: Buffer }>(
    'SELECT seq, leaf_hash FROM audit_leaves WHERE seq >= $1 AND seq < $2 ORDER BY seq',
    [from, to],
  );
  const hashes = Buffer.alloc((to - from) * 32);
  const missing: [number, number][] = [];
  let expected = from;
  for (const { seq, leaf_hash: hash } of rows) {
    if (Number(seq) > expected) missing.push([expected, Number(seq) - 1]);
    hash.copy(hashes, (Number(seq) - from) * 32);
    expected = Number(seq) + 1;
  }
  if (expected < to) missing.push([expected, to - 1]);
  return { hashes, missing };
}

/** The leaf at a place of the block. */
export function leafAt({ hashes }: LeafBlock, at: number): TreeHash {
  return hashes.toString('latin1', at * 32, at * 32 + 32);
}

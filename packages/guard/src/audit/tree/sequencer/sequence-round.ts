import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Frontier } from '../frontier.ts';
import { toBytes } from '../merkle.ts';
import type { NoteSigner } from '../notes/note-key.ts';
import { cutBefore, formatSnapshot, parseSnapshot } from '../snapshot.ts';
import { copyNewRows, copyRowsWithoutLeaf } from './find-unsequenced.ts';
import { makeLeaves, type NewLeaves } from './make-leaves.ts';
import { type CheckpointRhythm, signIfDue } from './sign-checkpoint.ts';

export interface RoundOptions {
  readonly rowsMax: number;
  readonly rhythm: CheckpointRhythm;
  readonly signerFor: (origin: string) => NoteSigner;
}

export interface Round {
  /** False: another sequencer has the tree, or has just changed it. */
  readonly isOurs: boolean;
  readonly rows: number;
  /** There may be more. */
  readonly isFull: boolean;
  /** The number of the checkpoint that was signed. */
  readonly signed: number | undefined;
}

interface TreeRow {
  readonly origin: string;
  readonly size: number;
  readonly frontier: Buffer;
  readonly sequenced: string;
  readonly now: string;
}

interface NewTile {
  readonly level: number;
  readonly tile: number;
  readonly root: Buffer;
}

const notOurs: Round = { isOurs: false, rows: 0, isFull: false, signed: undefined };
const serializationFailure = '40001';

/** Rows as COPY writes them, whatever the server's settings; the acknowledgement means the disk. */
const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = 120000;
  SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL client_encoding = 'UTF8'`;

/**
 * Gives the rows that have no leaf the next numbers: leaves, salts, tiles and the new state in one transaction, and a
 * checkpoint when one is due. Whoever else tries at the same time gets nothing. Throws what PostgreSQL says.
 */
export async function sequenceRound(client: ClientBase, options: RoundOptions): Promise<Round> {
  await client.query(begin);
  try {
    const round = await inTransaction(client, options);
    await client.query(round.isOurs ? 'COMMIT' : 'ROLLBACK');
    return round;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    if ((error as { code?: string }).code === serializationFailure) return notOurs;
    throw error;
  }
}

async function inTransaction(client: ClientBase, options: RoundOptions): Promise<Round> {
  const { rowsMax, rhythm, signerFor } = options;
  const { rows } = await client.query<TreeRow>(
    `SELECT origin, size::float8 AS size, frontier, sequenced::text AS sequenced, pg_current_snapshot()::text AS now
     FROM audit_tree FOR UPDATE SKIP LOCKED`,
  );
  const [tree] = rows;
  if (tree === undefined) return notOurs;
  await client.query(`SELECT set_config('keyward.rows_max', $1, true)`, [String(rowsMax)]);

  const tiles: NewTile[] = [];
  const frontier = Frontier.decode(tree.size, tree.frontier, (level, tile, root) =>
    tiles.push({ level, tile, root: toBytes(root) }),
  );
  // The numbers of transactions began anew: this is a copy, restored elsewhere.
  const isRestored = parseSnapshot(tree.sequenced).xmax > parseSnapshot(tree.now).xmax;
  const leaves = await makeLeaves(client, isRestored ? copyRowsWithoutLeaf : copyNewRows, frontier);
  const isFull = leaves.count >= rowsMax;
  if (leaves.count > 0) await store(client, leaves, tiles);
  await client.query('UPDATE audit_tree SET size = $1, frontier = $2, sequenced = $3::pg_snapshot', [
    frontier.size,
    frontier.encode(),
    isRestored && isFull ? tree.sequenced : seenNow(tree.now, isFull ? leaves.lastTx : undefined),
  ]);
  const signed = await signIfDue(client, frontier, signerFor(tree.origin), rhythm);
  return { isOurs: true, rows: leaves.count, isFull, signed };
}

/** Of a round that took only some, what came before the last transaction: of that one rows may be left. */
function seenNow(now: string, lastTx: bigint | undefined): string {
  return lastTx === undefined ? now : formatSnapshot(cutBefore(parseSnapshot(now), lastTx));
}

async function store(
  client: ClientBase,
  { leaves, salts }: NewLeaves,
  tiles: readonly NewTile[],
): Promise<void> {
  await copyInto(client, 'COPY audit_leaves (seq, entry_id, created_at, leaf_hash) FROM STDIN', leaves);
  await copyInto(client, 'COPY audit_salts (seq, salt) FROM STDIN', salts);
  if (tiles.length === 0) return;
  await client.query(
    `INSERT INTO audit_tiles (level, tile, root)
     SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])`,
    [tiles.map(({ level }) => level), tiles.map(({ tile }) => tile), tiles.map(({ root }) => root)],
  );
}

async function copyInto(client: ClientBase, statement: string, lines: Buffer): Promise<void> {
  const stream = client.query(copyFrom(statement));
  stream.end(lines);
  await finished(stream);
}

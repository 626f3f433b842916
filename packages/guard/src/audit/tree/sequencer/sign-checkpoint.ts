import type { ClientBase } from 'pg';
import type { Frontier } from '../frontier.ts';
import { toBytes } from '../merkle.ts';
import { checkpointText, noPrevious, noteDigest } from '../notes/checkpoint.ts';
import type { NoteSigner } from '../notes/note-key.ts';
import { signNote } from '../notes/signed-note.ts';

/** When a checkpoint is due. */
export interface CheckpointRhythm {
  /** After the last one when leaves have been added since. */
  readonly grownAfterMs: number;
  /** After the last one when nothing happened: silence is signed too. */
  readonly idleAfterMs: number;
}

export interface CheckpointState {
  readonly size: number;
  /** Of the newest checkpoint; null when there is none. */
  readonly signedSize: number | null;
  readonly ageMs: number | null;
}

/** A checkpoint from the future, of a clock that was put back, is as good as none. */
export function isDue({ size, signedSize, ageMs }: CheckpointState, rhythm: CheckpointRhythm): boolean {
  if (signedSize === null || ageMs === null || ageMs < 0) return true;
  return ageMs >= (size === signedSize ? rhythm.idleAfterMs : rhythm.grownAfterMs);
}

interface Newest {
  readonly number: number;
  readonly size: number;
  readonly note: string;
}

/** Signs the tree as it stands when that is due; the number of the checkpoint, or undefined. Within the transaction. */
export async function signIfDue(
  client: ClientBase,
  tree: Frontier,
  signer: NoteSigner,
  rhythm: CheckpointRhythm,
): Promise<number | undefined> {
  // The database's clock: those of several nodes need not agree.
  const { rows } = await client.query<Partial<Newest> & { nowMs: number; ageMs: number | null }>(
    `SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS "nowMs", c.number::float8 AS number,
       c.size::float8 AS size, c.note, extract(epoch FROM now() - c.signed_at)::float8 * 1000 AS "ageMs"
     FROM (SELECT) AS always LEFT JOIN (SELECT * FROM audit_checkpoints ORDER BY number DESC LIMIT 1) c ON true`,
  );
  const [{ nowMs = 0, number, size, note, ageMs = null } = {}] = rows;
  if (!isDue({ size: tree.size, signedSize: size ?? null, ageMs }, rhythm)) return undefined;
  const next = typeof number === 'number' ? number + 1 : 0;
  const previous = typeof note === 'string' ? noteDigest(note) : noPrevious;
  const root = tree.root();
  const checkpoint = { origin: signer.name, size: tree.size, root, number: next, signedAt: nowMs, previous };
  await client.query(
    'INSERT INTO audit_checkpoints (number, size, root, note, signed_at) VALUES ($1, $2, $3, $4, $5)',
    [next, tree.size, toBytes(root), signNote(checkpointText(checkpoint), signer), new Date(nowMs)],
  );
  return next;
}

import type { ClientBase } from 'pg';
import { parseCheckpoint } from '../notes/checkpoint.ts';
import type { AnchorPlace } from './anchor-place.ts';

const atOnce = 200;

/**
 * Brings the checkpoints that the place does not have yet; true when there are no more. Several nodes with one place take
 * turns. Throws when the database or the place is away: nothing is noted that was not kept.
 */
export async function keepNewer(client: ClientBase, place: AnchorPlace): Promise<boolean> {
  if (!(await hasNewer(client, place.name))) return true;
  await client.query('BEGIN; SET LOCAL synchronous_commit = on');
  try {
    const isDone = await inTurn(client, place);
    await client.query('COMMIT');
    return isDone;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function hasNewer(client: ClientBase, place: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM audit_checkpoints HAVING max(number) > coalesce((SELECT number FROM audit_anchors WHERE place = $1), -1)
       OR max(number) < (SELECT number FROM audit_anchors WHERE place = $1)`,
    [place],
  );
  return rows.length > 0;
}

async function inTurn(client: ClientBase, place: AnchorPlace): Promise<boolean> {
  await client.query(`INSERT INTO audit_anchors VALUES ($1, -1, now()) ON CONFLICT DO NOTHING`, [place.name]);
  const { rows: turn } = await client.query<{ number: string }>(
    'SELECT number FROM audit_anchors WHERE place = $1 FOR UPDATE SKIP LOCKED',
    [place.name],
  );
  if (turn[0] === undefined) return true;
  const { rows: all } = await client.query<{ newest: string }>(
    'SELECT coalesce(max(number), -1) AS newest FROM audit_checkpoints',
  );
  const [kept, newest] = [Number(turn[0].number), Number(all[0]?.newest)];
  // Checkpoints that were kept outside are gone here: all that there are are brought again, and show the difference.
  const from = kept > newest ? -1 : kept;
  const { rows } = await client.query<{ note: string }>(
    'SELECT note FROM audit_checkpoints WHERE number > $1 ORDER BY number LIMIT $2',
    [from, atOnce],
  );
  const notes = rows.map(({ note }) => ({ ...parseCheckpoint(note).checkpoint, note }));
  const last = notes.at(-1);
  if (last === undefined) return true;
  await place.keep(notes);
  await client.query('UPDATE audit_anchors SET number = $2, anchored_at = now() WHERE place = $1', [
    place.name,
    last.number,
  ]);
  return notes.length < atOnce;
}

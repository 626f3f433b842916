import type { ClientBase } from 'pg';
import type { JournalPosition } from '../journal/segment-file.ts';

interface PositionRow {
  readonly segment: string;
  readonly byte_offset: string;
}

/** How far the node's journal is in the database; before its beginning when the database does not know it. */
export async function readPosition(client: ClientBase, nodeId: string): Promise<JournalPosition> {
  await client.query(
    'INSERT INTO journal_positions (node_id, segment, byte_offset) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING',
    [nodeId],
  );
  const result = await client.query<PositionRow>(
    'SELECT segment, byte_offset FROM journal_positions WHERE node_id = $1',
    [nodeId],
  );
  return toPosition(result.rows[0]);
}

/** The same within a transaction, holding the row until its end: of two that ship, the second waits and then sees. */
export async function lockPosition(client: ClientBase, nodeId: string): Promise<JournalPosition> {
  const result = await client.query<PositionRow>(
    'SELECT segment, byte_offset FROM journal_positions WHERE node_id = $1 FOR UPDATE',
    [nodeId],
  );
  return toPosition(result.rows[0]);
}

export function isSamePosition(a: JournalPosition, b: JournalPosition): boolean {
  return a.segment === b.segment && a.byteOffset === b.byteOffset;
}

// bigint arrives as text; -1 is a place where no reader ever stands.
function toPosition(row: PositionRow | undefined): JournalPosition {
  if (row === undefined) return { segment: -1, byteOffset: 0 };
  return { segment: Number(row.segment), byteOffset: Number(row.byte_offset) };
}

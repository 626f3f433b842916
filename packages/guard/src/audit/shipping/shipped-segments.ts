import { closeSync, openSync, readSync } from 'node:fs';
import type { ClientBase } from 'pg';
import { type JournalPosition, segmentHeaderBytes, segmentPath } from '../journal/segment-file.ts';

/** A file of a node's journal, and how far it was ever shipped, whatever the position says now (A2). */
export interface ShippedSegment {
  readonly segment: number;
  /** When the file was made: after a restore, another file may bear the same number. */
  readonly createdAtMs: number;
  readonly byteOffset: number;
}

export async function readShippedSegment(
  client: ClientBase,
  nodeId: string,
  folder: string,
  segment: number,
): Promise<ShippedSegment> {
  const createdAtMs = readCreatedAtMs(segmentPath(folder, segment));
  const { rows } = await client.query<{ byte_offset: string }>(
    'SELECT byte_offset FROM journal_segments WHERE node_id = $1 AND segment = $2 AND created_at_ms = $3',
    [nodeId, segment, createdAtMs],
  );
  return { segment, createdAtMs, byteOffset: Number(rows[0]?.byte_offset ?? 0) };
}

/** Moves the node's position, in the transaction that ships, and notes it with the file. */
export async function writeShipped(
  client: ClientBase,
  nodeId: string,
  position: JournalPosition,
  { segment, createdAtMs }: Pick<ShippedSegment, 'segment' | 'createdAtMs'>,
): Promise<void> {
  await client.query(
    `WITH moved AS (
       UPDATE journal_positions SET segment = $2, byte_offset = $3, updated_at = now() WHERE node_id = $1)
     INSERT INTO journal_segments AS known (node_id, segment, created_at_ms, byte_offset)
     VALUES ($1, $4, $5, $3)
     ON CONFLICT (node_id, segment, created_at_ms) DO UPDATE
     SET byte_offset = greatest(known.byte_offset, excluded.byte_offset)`,
    [nodeId, position.segment, position.byteOffset, segment, createdAtMs],
  );
}

const createdAtByte = 20;

/** From the first bytes of the file; 0 when they are not all there. */
function readCreatedAtMs(path: string): number {
  const header = Buffer.alloc(segmentHeaderBytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const createdAtMs = header.readBigUInt64LE(createdAtByte);
  return createdAtMs > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(createdAtMs);
}

import { getTableColumns, sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { keyRotations, type RotationReason } from '../schema.ts';

const rotationsMax = 500;

export interface Rotation {
  readonly id: string;
  readonly userId: string;
  readonly reason: RotationReason;
  readonly timestamp: Date;
  readonly oldKeyId: string;
  readonly newKeyId: string;
}

/** The rotations of a key, its predecessors and its successors, oldest first: the nearest 500 at most. */
export async function rotationHistory({ orm }: Database, keyId: string): Promise<Rotation[]> {
  // Each key has one predecessor and one successor at most, so both walks are lines; the depth bounds them all the same.
  const nearest = sql`
    WITH RECURSIVE earlier (id, old_key_id, depth) AS (
      SELECT id, old_key_id, 1 FROM ${keyRotations} WHERE new_key_id = ${keyId}
      UNION ALL
      SELECT r.id, r.old_key_id, depth + 1 FROM earlier JOIN ${keyRotations} r ON r.new_key_id = earlier.old_key_id
      WHERE depth < ${rotationsMax}
    ), later (id, new_key_id, depth) AS (
      SELECT id, new_key_id, 1 FROM ${keyRotations} WHERE old_key_id = ${keyId}
      UNION ALL
      SELECT r.id, r.new_key_id, depth + 1 FROM later JOIN ${keyRotations} r ON r.old_key_id = later.new_key_id
      WHERE depth < ${rotationsMax}
    )
    SELECT id, place FROM (SELECT id, -depth AS place FROM earlier UNION SELECT id, depth FROM later) both_ways
    ORDER BY abs(place) LIMIT ${rotationsMax}`;
  return orm
    .select(getTableColumns(keyRotations))
    .from(keyRotations)
    .innerJoin(sql`(${nearest}) AS chain`, sql`chain.id = ${keyRotations.id}`)
    .orderBy(sql`chain.place`);
}

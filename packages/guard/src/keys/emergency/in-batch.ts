import { DrizzleQueryError, eq } from 'drizzle-orm';
import type { Database, Transaction } from '../../database/database.ts';
import { emergencyRotations } from '../schema.ts';
import type { EmergencyRotation } from './emergency-status.ts';

const triesMax = 5;

/** Deadlock, serialization failure, and a row that somebody else was quicker to write. */
const worthAnotherTry = new Set(['40P01', '40001', '23505']);

/**
 * One transaction that holds the row of the rotation, so that all who carry it on take turns. What loses against
 * somebody else's transaction is tried again.
 */
export async function inBatch<Result>(
  { orm }: Database,
  id: string,
  work: (tx: Transaction, rotation: EmergencyRotation) => Promise<Result>,
): Promise<Result> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await orm.transaction(async (tx) => {
        const [rotation] = await tx
          .select()
          .from(emergencyRotations)
          .where(eq(emergencyRotations.id, id))
          .for('update');
        if (rotation === undefined) throw new Error(`the emergency rotation ${id} is gone`);
        return work(tx, rotation);
      });
    } catch (error) {
      if (tried === triesMax || !worthAnotherTry.has(codeOf(error))) throw error;
    }
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  return String((cause as { code?: unknown } | undefined)?.code);
}

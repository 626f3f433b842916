import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { journalPositions } from '../../database/schema.ts';
import { type Actor, recordChange } from '../record-change.ts';

/** To be called before a node journals anything: from now on a month waits for its journal (A5). */
export async function noteNodeAtWork(database: Database, nodeId: string): Promise<void> {
  await database.orm
    .insert(journalPositions)
    .values({ nodeId, segment: 0, byteOffset: 0 })
    .onConflictDoUpdate({ target: journalPositions.nodeId, set: { restsSince: null } });
}

/** To be called when all that a node had journalled by now is in the database. `work` waits for that. */
export async function noteShipped(
  database: Database,
  nodeId: string,
  work: () => Promise<void>,
): Promise<void> {
  const { rows } = await database.orm.execute<{ now: Date | string }>(sql`SELECT now() AS now`);
  await work();
  const began = new Date(rows[0]?.now ?? 0);
  await database.orm
    .update(journalPositions)
    .set({
      restsSince: null,
      updatedAt: sql`greatest(${journalPositions.updatedAt}, ${began.toISOString()})`,
    })
    .where(eq(journalPositions.nodeId, nodeId));
}

/** To be called when a node has stopped, or its journal was adopted, and all of it is in the database. */
export async function noteNodeAtRest(database: Database, nodeId: string): Promise<void> {
  await database.orm
    .update(journalPositions)
    .set({ restsSince: sql`now()` })
    .where(eq(journalPositions.nodeId, nodeId));
}

/** No month waits for this node any more, though its journal is lost. False when no month waited for one of that id. */
export async function giveUpNode(
  database: Database,
  nodeId: string,
  actor: Actor,
  clock: Clock,
): Promise<boolean> {
  return database.orm.transaction(async (tx) => {
    const [given] = await tx
      .update(journalPositions)
      .set({ restsSince: sql`now()` })
      .where(and(eq(journalPositions.nodeId, nodeId), isNull(journalPositions.restsSince)))
      .returning();
    if (given === undefined) return false;
    const before = { segment: given.segment, byteOffset: given.byteOffset, updatedAt: given.updatedAt };
    const change = {
      action: 'audit.give_up_node',
      objectType: 'node',
      objectIds: [nodeId],
      before,
      after: null,
    };
    await recordChange(tx, actor, change, clock);
    return true;
  });
}

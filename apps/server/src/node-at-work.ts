import { noteNodeAtRest, noteNodeAtWork, noteShipped, type Shipper } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';

export interface NodeAtWork {
  /** No longer tells how far it is. */
  stop(): void;
  /** Says that all of its journal is in the database. */
  rest(): Promise<void>;
}

const tellMs = 3_600_000;
const drainMs = 60_000;

/**
 * Tells the database that months have to wait for this node's journal before they are archived, and every hour up to when
 * it is shipped (A5). Throws when the database is away: a node must not journal what nobody waits for.
 */
export async function nodeAtWork(
  database: Database,
  nodeId: string,
  shipper: Shipper,
  onError: (error: unknown) => void,
): Promise<NodeAtWork> {
  await noteNodeAtWork(database, nodeId);
  let telling = Promise.resolve();
  const tell = () => {
    telling = noteShipped(database, nodeId, () => shipper.drain(AbortSignal.timeout(drainMs))).catch(onError);
  };
  const timer = setInterval(tell, tellMs);
  return {
    stop: () => clearInterval(timer),
    async rest() {
      await telling;
      await noteNodeAtRest(database, nodeId);
    },
  };
}

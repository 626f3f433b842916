import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import { type CallKind, watchService } from '../outside/index.ts';
import { type Replica, StoreAway } from './replica.ts';
import { mediaStores } from './replicas-table.ts';

/** The same store; how it answers is written down, and when it takes our credentials again its rest is over (O6). */
export function watchReplica(replica: Replica, database: Database, clock: Clock): Replica {
  const { name, prove } = replica;
  const watch = watchService({
    ...{ name, database, clock },
    judge: stateOf,
    async onMended() {
      await database.orm.update(mediaStores).set({ restingUntil: null }).where(eq(mediaStores.name, name));
    },
  });
  const watched = <T>(kind: CallKind, signal: AbortSignal, work: () => Promise<T>) =>
    watch(kind, () => unlessAborted(signal, work));
  return {
    name,
    put: (item, file, signal) => watched('write', signal, () => replica.put(item, file, signal)),
    open: (item, range, signal) => watched('read', signal, () => replica.open(item, range, signal)),
    delete: (item, remoteId, signal) =>
      watched('write', signal, () => replica.delete(item, remoteId, signal)),
    ...(prove && { prove: (item, signal) => watched('read', signal, () => prove(item, signal)) }),
  };
}

/** That the node stops, or has lost the work, is no fault of the store. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function stateOf(error: unknown): 'refused' | 'away' | undefined {
  if (!(error instanceof StoreAway) || error.fault === 'file') return undefined;
  return error.fault === 'credentials' ? 'refused' : 'away';
}

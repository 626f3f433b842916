import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { eq } from 'drizzle-orm';
import { watchService } from '../outside/index.ts';
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
  return {
    name,
    put: (item, file, signal) => watch('write', () => replica.put(item, file, signal)),
    open: (item, range, signal) => watch('read', () => replica.open(item, range, signal)),
    delete: (item, remoteId, signal) => watch('write', () => replica.delete(item, remoteId, signal)),
    ...(prove && { prove: (item, signal) => watch('read', () => prove(item, signal)) }),
  };
}

function stateOf(error: unknown): 'refused' | 'away' | undefined {
  if (!(error instanceof StoreAway) || error.fault === 'file') return undefined;
  return error.fault === 'credentials' ? 'refused' : 'away';
}

import type { Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { ReadBack, Replica, StoreName } from '../replica.ts';
import { StoreAway } from '../replica.ts';
import type { ReplicaRow } from '../replicas-table.ts';
import { isResting } from '../replicate-media.ts';
import { sampleReplica } from './sample-replica.ts';
import { sendAgain, sendAllAgain } from './send-again.ts';

export interface ReplicaAuditOptions {
  readonly database: Database;
  readonly stores: readonly { readonly name: StoreName }[];
  /** Opens the stores, once, when there is work. */
  readonly open: () => Promise<readonly Replica[]>;
  /** Told besides all super_admins. */
  readonly securityContact: string | undefined;
}

/** After one that is not as it should be so many more are looked at in the same run; are all missing, the store is empty. */
const inARowMax = 20;

/**
 * Reads a file back from each store that can be read, chosen at random, one an hour, and hashes it (N6). What is missing or
 * altered is sent again, and operators are told.
 */
export function auditReplicas(options: ReplicaAuditOptions): Job<'audit-media-copies'> {
  const { database, stores, securityContact } = options;
  return {
    name: 'audit-media-copies',
    schedule: '@every 3600s',
    async run(_input, { clock, log, signal }) {
      for (const { name } of stores) {
        if (await isResting(database, name, clock.now())) continue;
        const replica = (await options.open()).find((one) => one.name === name);
        if (replica?.prove === undefined) continue;
        const telling = { database, clock, log, securityContact };
        const lost = await auditStore({ ...replica, prove: replica.prove }, options, signal, (row, found) =>
          sendAgain(telling, row, found),
        );
        if (lost === inARowMax) await sendAllAgain(telling, name);
      }
    },
  };
}

/** How many were missing, one after the other, until one was there. */
async function auditStore(
  { name, prove }: Replica & Required<Pick<Replica, 'prove'>>,
  { database }: ReplicaAuditOptions,
  signal: AbortSignal,
  onWrong: (row: ReplicaRow, found: Exclude<ReadBack, 'same'>) => Promise<void>,
): Promise<number> {
  let missing = 0;
  for (let looked = 0; looked < inARowMax && !signal.aborted; looked += 1) {
    const row = await sampleReplica(database, name);
    if (row === undefined) break;
    try {
      const found = await prove(row, signal);
      if (found === 'same') break;
      await onWrong(row, found);
      if (found === 'denied') break;
      if (found === 'missing') missing += 1;
    } catch (error) {
      // It cannot be asked at the moment; that is told elsewhere.
      if (error instanceof StoreAway) break;
      throw error;
    }
  }
  return missing;
}

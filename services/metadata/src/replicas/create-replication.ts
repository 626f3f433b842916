import type { Clock, Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { LocalDiskStore } from '../media/storage/local-disk-store.ts';
import { auditReplicas } from './audit/audit-replicas.ts';
import { registerStores } from './register-stores.ts';
import type { Replica, StoreName } from './replica.ts';
import { replicateMedia } from './replicate-media.ts';
import { configuredStores, openReplicas, type StoreOptions } from './store-options.ts';
import { watchReplica } from './watch-replica.ts';

export interface ReplicationDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly local: Pick<LocalDiskStore, 'fileOf'>;
  readonly options: StoreOptions;
  /** Told of copies that are lost, besides all super_admins. */
  readonly securityContact: string | undefined;
}

export interface Replication {
  readonly names: readonly StoreName[];
  readonly jobs: readonly Job[];
  start(): Promise<void>;
}

/** Copies of media at other stores: made in the background, and proven from time to time (N6). */
export function createReplication(deps: ReplicationDeps): Replication {
  const { database, clock, local, options, securityContact } = deps;
  const stores = configuredStores(options);
  let opened: Promise<readonly Replica[]> | undefined;
  const open = () => {
    opened ??= openReplicas(options).then((all) => all.map((one) => watchReplica(one, database, clock)));
    return opened;
  };
  const audits = stores.length === 0 ? [] : [auditReplicas({ database, stores, open, securityContact })];
  return {
    names: stores.map(({ name }) => name),
    jobs: [replicateMedia({ database, local, stores, open }), ...audits],
    start: () => registerStores(database, options),
  };
}

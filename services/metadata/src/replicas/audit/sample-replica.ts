import { randomBytes } from 'node:crypto';
import type { Database } from '@keyward/guard/database';
import { and, asc, eq, gte } from 'drizzle-orm';
import type { StoreName } from '../replica.ts';
import { mediaReplicas, type ReplicaRow } from '../replicas-table.ts';

/** One of the files that a store is thought to have, each as likely as any other; undefined: there is none. */
export async function sampleReplica({ orm }: Database, store: StoreName): Promise<ReplicaRow | undefined> {
  // Hashes are spread evenly: the next one after a random place is found by its index, however many there are.
  const from = randomBytes(32).toString('hex');
  const stored = and(eq(mediaReplicas.store, store), eq(mediaReplicas.state, 'stored'));
  for (const where of [and(stored, gte(mediaReplicas.sha256, from)), stored]) {
    const [row] = await orm
      .select()
      .from(mediaReplicas)
      .where(where)
      .orderBy(asc(mediaReplicas.sha256))
      .limit(1);
    if (row !== undefined) return row;
  }
  return undefined;
}

import { setTimeout as delay } from 'node:timers/promises';
import { type Job, maskSecretsIn } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { and, eq, sql } from 'drizzle-orm';
import type { LocalDiskStore } from '../media/storage/local-disk-store.ts';
import { allEnded } from '../outside/index.ts';
import { type Replica, StoreAway, type StoreName } from './replica.ts';
import { mediaReplicas, mediaStores, type ReplicaRow } from './replicas-table.ts';
import { type Replicating, replicateOne, samePlace } from './replicate-one.ts';

export interface ReplicationOptions {
  readonly database: Database;
  readonly local: Pick<LocalDiskStore, 'fileOf'>;
  readonly stores: readonly { readonly name: StoreName; readonly takesPrivate: boolean }[];
  /** Opens the stores, once, when there is work. */
  readonly open: () => Promise<readonly Replica[]>;
}

/** Transfers to one store at a time. */
const atOnce = 2;
/** A store that refuses our credentials is left alone for so long, milliseconds. */
const refusedRestMs = 5 * 60_000;
const lookAgainMs = 1_000;
/** So many failures one after the other are the store's own: the rest waits for the next run. */
const failuresMax = 3;

/**
 * Brings files to the stores and takes them away again (N6, O4). What failed is tried later and later, for as long as it
 * takes, behind all that has not been tried; nothing is given up.
 */
export function replicateMedia(options: ReplicationOptions): Job<'replicate-media'> {
  let opened: Promise<readonly Replica[]> | undefined;
  const open = () => {
    opened ??= options.open();
    return opened;
  };
  return {
    name: 'replicate-media',
    schedule: '@every 15s',
    async run(_input, { clock, log, signal }) {
      const warn = (about: object) =>
        log.warn(about, 'a file could not be brought to a store and is tried again');
      const inHand = new Set<string>();
      const working = { database: options.database, local: options.local, clock, signal, inHand };
      const work = async ({ name, takesPrivate }: ReplicationOptions['stores'][number]) => {
        if (await isResting(options.database, name, clock.now())) return;
        const replica = (await open()).find((one) => one.name === name);
        if (replica !== undefined) await drain(working, replica, takesPrivate, warn);
      };
      await allEnded(options.stores.map(work));
    },
  };
}

/** Whether a store is to be left alone now. */
export async function isResting({ orm }: Database, name: StoreName, nowMs: number): Promise<boolean> {
  const [store] = await orm.select().from(mediaStores).where(eq(mediaStores.name, name));
  return (store?.restingUntil?.getTime() ?? 0) > nowMs;
}

interface Draining extends Replicating {
  /** What is being brought or taken away at this moment, at all stores. */
  readonly inHand: Set<string>;
}

/**
 * Works until nothing is due, or the store is away. Whoever has nothing to do looks again as long as another is at work: what
 * is due meanwhile does not wait for a long transfer.
 */
async function drain(
  working: Draining,
  replica: Replica,
  takesPrivate: boolean,
  warn: (about: object) => void,
): Promise<void> {
  const { inHand, signal } = working;
  let failures = 0;
  const lane = async () => {
    while (failures < failuresMax && !signal.aborted) {
      const row = await claim(working, replica.name);
      if (row === undefined) {
        if (inHand.size === 0) return;
        await delay(lookAgainMs, undefined, { signal }).catch(() => {});
        continue;
      }
      const place = placeOf(row);
      inHand.add(place);
      try {
        await replicateOne(working, replica, takesPrivate, row);
        failures = 0;
      } catch (error) {
        // The node stops or has lost the work: whoever comes next goes on from the row as it is.
        if (signal.aborted) return;
        failures += 1;
        const isOver = await noteFailure(working, row, error);
        if (isOver) failures = failuresMax;
        const { store, attempts } = row;
        warn({ store, attempts, error: messageOf(error) });
      } finally {
        inHand.delete(place);
      }
    }
  };
  await allEnded(Array.from({ length: atOnce }, lane));
}

function placeOf({ store, ownerKey, environment, sha256 }: ReplicaRow): string {
  return `${store}/${ownerKey}/${environment}/${sha256}`;
}

/**
 * The one that is longest due; put off before it is tried, in case it takes the process along. Not one that is in hand: a
 * transfer may take longer than that, and a deletion that overtook it would leave at the store what it then brings.
 */
async function claim(
  { database, clock, inHand }: Draining,
  store: StoreName,
): Promise<ReplicaRow | undefined> {
  const now = new Date(clock.now()).toISOString();
  const [row] = await database.orm
    .update(mediaReplicas)
    .set({
      attempts: sql`${mediaReplicas.attempts} + 1`,
      nextAttemptAt: sql`${now}::timestamptz + least(3600, 10 * 2 ^ least(attempts, 20)) * (0.5 + random() / 2) * interval '1 second'`,
    })
    .where(
      and(
        eq(mediaReplicas.store, store),
        sql`(owner_key, environment, sha256) = (
          SELECT owner_key, environment, sha256 FROM media_replicas
          WHERE store = ${store} AND state = 'waiting' AND next_attempt_at <= ${now}::timestamptz
            AND store || '/' || owner_key || '/' || environment || '/' || sha256 <> ALL (${sql.param([...inHand])}::text[])
          ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)`,
      ),
    )
    .returning();
  return row;
}

/** That our credentials are refused is no fault of the file: the try does not count, and it is due when the rest is over. */
async function giveBack({ database, clock }: Pick<Replicating, 'database' | 'clock'>, row: ReplicaRow) {
  await database.orm
    .update(mediaReplicas)
    .set({ attempts: sql`greatest(0, ${mediaReplicas.attempts} - 1)`, nextAttemptAt: new Date(clock.now()) })
    .where(samePlace(row));
}

/** True: the store asked to be left alone. */
async function noteFailure(
  { database, clock }: Replicating,
  row: ReplicaRow,
  error: unknown,
): Promise<boolean> {
  await database.orm
    .update(mediaReplicas)
    .set({ lastError: messageOf(error) })
    .where(samePlace(row));
  if (!(error instanceof StoreAway)) return false;
  const isRefused = error.fault === 'credentials';
  if (isRefused) await giveBack({ database, clock }, row);
  const waitMs = error.retryAfterMs ?? (isRefused ? refusedRestMs : undefined);
  if (waitMs === undefined) return false;
  await database.orm
    .update(mediaStores)
    .set({ restingUntil: new Date(clock.now() + waitMs) })
    .where(eq(mediaStores.name, row.store));
  return true;
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = code === 'ENOENT' ? 'the file is not on this machine' : String(message ?? error);
  return maskSecretsIn(text).slice(0, 300);
}

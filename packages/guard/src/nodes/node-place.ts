import pg from 'pg';
import { openTransaction } from '../database/open-transaction.ts';

export interface NodePlaceOptions {
  readonly url: string;
  /** Whether this node shares its limits with others (through Redis). */
  readonly sharesLimits: boolean;
  readonly onError: (error: unknown) => void;
  /** Milliseconds to wait for an earlier life of this node to be forgotten by PostgreSQL. Default 5,000. */
  readonly waitMs?: number;
}

export interface NodePlace {
  release(): Promise<void>;
}

/** Several nodes serve one database and at least one of them counts limits by itself: limits would not hold. */
export class LimitsNotSharedError extends Error {
  override readonly name = 'LimitsNotSharedError';
}

const placeLock = 0x6b65796e; // "keyn"
const retryMs = 200;

/**
 * Takes a place among the nodes of a database (O1): nodes that share limits hold a lock together,
 * one that does not holds it alone. Throws `LimitsNotSharedError` when that cannot be.
 */
export async function holdNodePlace(options: NodePlaceOptions): Promise<NodePlace> {
  let released = false;
  let client: pg.Client | undefined;

  const hold = async (): Promise<void> => {
    const taken = await take(options);
    // Let go of while it was taken again: nobody would end it, and the process would stay for it.
    if (released) return void (await taken.end().catch(() => {}));
    client = taken;
    client.on('error', options.onError);
    client.on('end', () => void holdAgain());
  };
  const holdAgain = async (): Promise<void> => {
    while (!released) {
      try {
        return await hold();
      } catch (error) {
        options.onError(error);
        await pause(1_000);
      }
    }
  };

  await hold();
  return {
    async release() {
      released = true;
      await client?.end().catch(() => {});
    },
  };
}

async function take({ url, sharesLimits, waitMs = 5_000 }: NodePlaceOptions): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'keyward node' });
  // A connection that breaks while it waits for the lock must not end the process: the query that it fails tells.
  client.on('error', () => {});
  await client.connect();
  // Of a transaction that stays open: one of a session would be left behind in a pooler (K10).
  const statement = sharesLimits
    ? 'SELECT pg_try_advisory_xact_lock_shared($1) AS held'
    : 'SELECT pg_try_advisory_xact_lock($1) AS held';
  try {
    await client.query(openTransaction);
    for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += retryMs) {
      const { rows } = await client.query<{ held: boolean }>(statement, [placeLock]);
      if (rows[0]?.held) return client;
      await pause(retryMs);
    }
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  await client.end();
  throw new LimitsNotSharedError(
    sharesLimits
      ? 'Another node serves this database without REDIS_URL. Stop it, or give all nodes the same REDIS_URL.'
      : 'Another node serves this database. Several nodes need a Redis to share their limits: set REDIS_URL on each.',
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { type Clock, systemClock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { KeyCache } from './key-cache.ts';

export interface KeyChanges {
  stop(): Promise<void>;
}

export interface KeyChangesOptions {
  /** A URL that reaches PostgreSQL itself: notifications do not pass a pooler in transaction mode (K10). */
  readonly url: string;
  readonly cache: KeyCache;
  readonly onError: (error: unknown) => void;
  /** Through which the node notifies itself. Default: it does not, and nothing remembered is ever confirmed. */
  readonly database?: Database;
  /** The one that the key verifier goes by. Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds between the node's notifications of itself. Default 1,000. */
  readonly beatMs?: number;
  /** Milliseconds between attempts to listen again. Default 500. */
  readonly retryMs?: number;
}

/**
 * Listens for changed keys and people and drops what was remembered of them.
 * What happens while nobody listens is not lost: everything is forgotten when listening begins again,
 * and the cache trusts no entry beyond its own age limit meanwhile.
 *
 * The node knows that it hears because it notifies itself through another connection. Notifications arrive in the order
 * of their commits, so a beat that is heard says that every change committed before it was sent has been heard too.
 */
export function followKeyChanges(options: KeyChangesOptions): KeyChanges {
  const { url, cache, onError, retryMs = 500 } = options;
  const self = randomUUID();
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const again = (): void => {
    if (stopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void listen();
    }, retryMs);
  };

  const heard = (subject: string): void => {
    // One message for a set: a statement over more than 1,000 keys names none of them.
    if (subject === '*') cache.clear();
    else cache.drop(subject);
  };

  const listen = async (): Promise<void> => {
    const connection = new pg.Client({
      connectionString: url,
      keepAlive: true,
      application_name: 'keyward key changes',
    });
    client = connection;
    connection.on('notification', ({ channel, payload = '' }) => {
      if (channel === 'keyward_keys') heard(payload);
      else if (payload.startsWith(self)) cache.confirm(Number(payload.slice(self.length)));
    });
    connection.on('error', onError);
    connection.on('end', again);
    try {
      await connection.connect();
      await connection.query('LISTEN keyward_keys; LISTEN keyward_beats');
      cache.clear();
    } catch (error) {
      onError(error);
      await connection.end().catch(() => {});
      again();
    }
  };

  void listen();
  const stopBeats = startBeats(options, self);
  return {
    async stop() {
      stopped = true;
      stopBeats();
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}

/** Notifies this node of the time, so that it can tell by what arrives up to when it has heard everything. */
function startBeats(
  { database, clock = systemClock, beatMs = 1_000 }: KeyChangesOptions,
  self: string,
): () => void {
  if (database === undefined) return () => {};
  let isSending = false;
  const beat = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    const notify = sql`SELECT pg_notify('keyward_beats', ${self + clock.monotonic()})`;
    // One that cannot be sent is not heard either; that the database is away, others say.
    await database.orm.execute(notify).catch(() => {});
    isSending = false;
  };
  const timer = setInterval(() => void beat(), beatMs);
  timer.unref();
  return () => clearInterval(timer);
}

import pg from 'pg';
import type { KeyCache } from './key-cache.ts';

export interface KeyChanges {
  stop(): Promise<void>;
}

export interface KeyChangesOptions {
  /** A URL that reaches PostgreSQL itself: notifications do not pass a pooler in transaction mode (K10). */
  readonly url: string;
  readonly cache: KeyCache;
  readonly onError: (error: unknown) => void;
  /** Milliseconds between attempts to listen again. Default 500. */
  readonly retryMs?: number;
}

/**
 * Listens for changed keys and people and drops what was remembered of them.
 * What happens while nobody listens is not lost: everything is forgotten when listening begins again,
 * and the cache trusts no entry beyond its own age limit meanwhile.
 */
export function followKeyChanges(options: KeyChangesOptions): KeyChanges {
  const { url, cache, onError, retryMs = 500 } = options;
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

  const listen = async (): Promise<void> => {
    const connection = new pg.Client({
      connectionString: url,
      keepAlive: true,
      application_name: 'keyward key changes',
    });
    client = connection;
    connection.on('notification', ({ payload }) => cache.drop(payload ?? ''));
    connection.on('error', onError);
    connection.on('end', again);
    try {
      await connection.connect();
      await connection.query('LISTEN keyward_keys');
      cache.clear();
    } catch (error) {
      onError(error);
      await connection.end().catch(() => {});
      again();
    }
  };

  void listen();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}

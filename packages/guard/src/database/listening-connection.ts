import { Socket } from 'node:net';
import pg from 'pg';

export interface Listener {
  end(): Promise<void>;
  /** Ends it at once, also when nothing passes any more. */
  destroy(): void;
}

export interface ListenerEvents {
  onListening(): void;
  onNotification(channel: string, payload: string): void;
  onError(error: unknown): void;
  onEnd(): void;
}

export interface ListenOptions {
  /** A URL that reaches PostgreSQL itself: notifications do not pass a pooler in transaction mode. */
  readonly url: string;
  readonly channels: readonly Channel[];
  /** What the connection is called in pg_stat_activity. */
  readonly applicationName: string;
}

/** Names that our migrations notify on; they stand in the statement as they are. */
export type Channel = 'keyward_keys' | 'keyward_beats' | 'keyward_blocks';

/** One connection that listens until it breaks. `onEnd` comes once, and after it nothing. */
export function listen({ url, channels, applicationName }: ListenOptions, events: ListenerEvents): Listener {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    stream: () => socket,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    application_name: applicationName,
  });
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    events.onEnd();
  };
  client.on('notification', ({ channel, payload = '' }) => {
    if (!isOver) events.onNotification(channel, payload);
  });
  client.on('error', (error) => isOver || events.onError(error));
  client.on('end', over);
  const begin = async (): Promise<void> => {
    await client.connect();
    await client.query(channels.map((channel) => `LISTEN ${channel}`).join('; '));
    if (!isOver) events.onListening();
  };
  begin().catch((error: unknown) => {
    if (!isOver) events.onError(error);
    over();
  });
  return {
    async end() {
      const insist = setTimeout(over, 1_000);
      await client.end().catch(() => {});
      clearTimeout(insist);
      over();
    },
    destroy: over,
  };
}

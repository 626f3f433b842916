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

/** One connection that listens for changed keys and for beats until it breaks. `onEnd` comes once, and after it nothing. */
export function listen(url: string, events: ListenerEvents): Listener {
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    stream: () => socket,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    application_name: 'keyward key changes',
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
    await client.query('LISTEN keyward_keys; LISTEN keyward_beats');
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

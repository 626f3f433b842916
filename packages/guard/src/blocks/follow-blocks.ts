import type { Database } from '../database/database.ts';
import { type Listener, listen } from '../database/listening-connection.ts';
import { type BlockReader, createBlockReader } from './block-reader.ts';
import type { BlockTable } from './block-table.ts';

export interface FollowedBlocks {
  stop(): Promise<void>;
}

export interface FollowBlocksOptions {
  readonly database: Database;
  /** A URL that reaches PostgreSQL itself: notifications do not pass a pooler in transaction mode. */
  readonly url: string;
  readonly table: BlockTable;
  /** Hears of the first failure of a time in which they cannot be read. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds between looks of its own, besides notifications. Default 1,000. */
  readonly lookMs?: number;
}

const retryMs = 500;
/** Rows that plain SQL deleted without anybody hearing of it are noticed by reading all of them. */
const readAllMs = 300_000;

/**
 * Reads the blocks in force and keeps up with them: at once when PostgreSQL announces a change, and by a look of its own
 * every second, also when announcements do not arrive. Rejects when they cannot be read at the start. While the database
 * is away, those that were read hold and end in their time.
 */
export async function followBlocks(options: FollowBlocksOptions): Promise<FollowedBlocks> {
  const { database, table, url, onError, lookMs = 1_000 } = options;
  const reader = createBlockReader(database, table);
  await reader.readAll();
  const looks = startLooks(reader, lookMs, onError);
  const listening = keepListening(url, looks.want, onError);
  return {
    async stop() {
      await Promise.all([listening.stop(), looks.stop()]);
    },
  };
}

/** Looks one after another: what is asked for during one is one more after it. */
function startLooks(reader: BlockReader, lookMs: number, onError: (error: unknown) => void) {
  let isAway = false;
  let isStopped = false;
  let looking: Promise<void> | undefined;
  let wanted: 'nothing' | 'changed' | 'all' = 'nothing';
  const look = async (): Promise<void> => {
    while (wanted !== 'nothing' && !isStopped) {
      const isAll = wanted === 'all';
      wanted = 'nothing';
      try {
        await (isAll ? reader.readAll() : reader.readChanged());
        isAway = false;
      } catch (error) {
        if (!isAway) onError(error);
        isAway = true;
        // Until the next look, which is due soon.
        if (isAll) wanted = 'all';
        break;
      }
    }
    looking = undefined;
  };
  const want = (isAll = false): void => {
    if (isAll) wanted = 'all';
    else if (wanted === 'nothing') wanted = 'changed';
    looking ??= look();
  };
  const changes = setInterval(want, lookMs);
  const wholes = setInterval(() => want(true), readAllMs);
  changes.unref();
  wholes.unref();
  return {
    want,
    async stop() {
      isStopped = true;
      clearInterval(changes);
      clearInterval(wholes);
      await looking;
    },
  };
}

/** Listens on a connection of its own, on a new one when that breaks. */
function keepListening(url: string, want: (isAll?: boolean) => void, onError: (error: unknown) => void) {
  const connection = { url, channels: ['keyward_blocks'], applicationName: 'keyward blocks' } as const;
  let listener: Listener | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isDeaf = false;
  let isStopped = false;
  const start = (): void => {
    listener = listen(connection, {
      onListening() {
        isDeaf = false;
        want(true);
      },
      onNotification: (_channel, operation) => want(operation === 'DELETE' || operation === 'TRUNCATE'),
      onError(error) {
        if (!isDeaf) onError(error);
        isDeaf = true;
      },
      onEnd() {
        if (!isStopped) retry = setTimeout(start, retryMs);
      },
    });
  };
  start();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(retry);
      await listener?.end();
    },
  };
}

import { Redis } from 'ioredis';

/** A second way on which nodes tell each other of changed keys (K10). Nothing depends on it: what it loses, time mends. */
export interface KeyChangeRelay {
  publish(message: string): void;
  subscribe(listener: (message: string) => void): void;
  close(): Promise<void>;
}

export interface RedisRelayOptions {
  readonly url: string;
  /** Default `keyward:keys`. */
  readonly channel?: string;
  /** Hears of the first failure of a time in which Redis is away. */
  readonly onError: (error: unknown) => void;
}

/** Milliseconds between attempts to connect, at most. */
const retryMsMax = 2_000;

/** Tells by Redis' PUBLISH, on connections of its own that connect again by themselves. */
export function redisKeyChangeRelay(options: RedisRelayOptions): KeyChangeRelay {
  const { url, channel = 'keyward:keys', onError } = options;
  const connect = (): Redis => {
    const redis = new Redis(url, {
      // What it sends by itself after a new connection nobody hears fail.
      autoResubscribe: false,
      retryStrategy: (times) => Math.min(times * 100, retryMsMax),
      maxRetriesPerRequest: null,
      keepAlive: 5_000,
    });
    let isAway = false;
    redis.on('ready', () => {
      isAway = false;
    });
    redis.on('error', (error) => {
      if (!isAway) onError(error);
      isAway = true;
    });
    return redis;
  };
  let isClosed = false;
  const subscriber = connect();
  const publisher = connect();

  return {
    publish(message) {
      // Kept for later it would tell of what every node has read again by then.
      if (publisher.status === 'ready') publisher.publish(channel, message).catch(() => {});
    },
    subscribe(listener) {
      subscriber.on('message', (_channel, message) => listener(message));
      subscriber.on('ready', () => {
        subscriber.subscribe(channel).catch((error: unknown) => isClosed || onError(error));
      });
    },
    async close() {
      isClosed = true;
      subscriber.disconnect();
      publisher.disconnect();
    },
  };
}

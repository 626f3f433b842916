import { setTimeout as delay } from 'node:timers/promises';
import { redisLimitsConnection } from '@keyward/guard';
import { Cluster, Redis } from 'ioredis';
import type { Log } from './log.ts';

/** A Redis that accepts connections and answers nothing does not keep a node from starting. */
const connectedWithinMs = 2_000;

// Sooner than others stop waiting for what this node has to report (docs/decisions/leased-limits.md).
const retryDelayMs = (times: number) => Math.min(times * 50, 500);

const connection = {
  ...redisLimitsConnection,
  connectTimeout: 2_000,
  disconnectTimeout: 500,
  retryStrategy: retryDelayMs,
  // A replica that was promoted elsewhere: the name leads to the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
};

/** In what a connection differs from those of the decisions. */
export interface ConnectionChoices {
  readonly autoResubscribe?: boolean;
  readonly maxRetriesPerRequest?: number | null;
}

export interface RedisPlace {
  readonly url: string;
  /** The URL names one node of a Redis Cluster, which knows the others. */
  readonly isCluster: boolean;
}

/** Connects for the limits. One that is away now may come back: it is connected to again by itself. */
export async function connectRedis(
  place: RedisPlace,
  log: Log,
  choices: ConnectionChoices = {},
): Promise<Redis | Cluster> {
  const redis = place.isCluster ? clusterOf(place.url, choices) : standalone(place.url, choices, log);
  let isAway = false;
  redis.on('ready', () => {
    isAway = false;
  });
  redis.on('error', (error) => {
    if (!isAway) log.warn({ err: error }, 'Redis is away');
    isAway = true;
  });
  await Promise.race([redis.connect().catch(() => {}), delay(connectedWithinMs)]);
  return redis;
}

function standalone(url: string, choices: ConnectionChoices, log: Log): Redis {
  const redis = new Redis(url, { ...connection, ...choices, lazyConnect: true });
  redis.once('ready', async () => {
    const info = await redis.info('cluster').catch(() => '');
    if (/cluster_enabled:1/.test(info))
      log.error('REDIS_URL names a node of a Redis Cluster: set REDIS_CLUSTER=on.');
  });
  return redis;
}

/** What the URL says of user, password and TLS holds for every node. */
function clusterOf(url: string, choices: ConnectionChoices): Cluster {
  const { hostname, port, username, password, protocol } = new URL(url);
  const { maxRetriesPerRequest: _ofOneNode, retryStrategy, enableOfflineQueue, ...redisOptions } = connection;
  const credentials = {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
  return new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    lazyConnect: true,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: connectedWithinMs,
    // Names in certificates are those that the cluster tells.
    dnsLookup: (address, callback) => callback(null, address),
    redisOptions: { ...redisOptions, ...choices, ...credentials },
  });
}

import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { type Counter, countersOf } from './counters.ts';
import { decide, type WindowState } from './decide.ts';
import {
  type LimitDecision,
  type LimitRequest,
  type LimitStore,
  LimitStoreUnavailableError,
} from './limit-store.ts';
import { takeScript } from './take-script.ts';
import { withinTimeout } from './within-timeout.ts';

export interface RedisLimitsOptions {
  /** Stays the caller's to close. Connect it with `redisLimitsConnection`. */
  readonly redis: Redis | Cluster;
  /** Letters, digits, `_`, `-`, `.`, `:`; also the hash tag that keeps a decision in one slot of a cluster. */
  readonly prefix: string;
  /** A decision that takes longer is given up (default 500). */
  readonly timeoutMs?: number;
  /** Decisions that may wait for Redis at once; further ones are given up right away (default 10,000). */
  readonly pendingMax?: number;
}

/**
 * How to connect: nothing waits in a queue or is sent twice, since a permit that is debited after its call
 * was answered is lost to the caller.
 */
export const redisLimitsConnection = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
} as const satisfies RedisOptions;

/** Limits shared by all nodes, each decided by one script on Redis 7 or newer, by its clock (L1, L3). */
export function redisLimits(options: RedisLimitsOptions): LimitStore {
  return redisLimitsAt(options, () => '');
}

/** The same under a clock of the test's own: `now` gives Unix milliseconds, or '' for Redis' time. */
export function redisLimitsAt(options: RedisLimitsOptions, now: () => number | ''): LimitStore {
  const { redis, prefix, timeoutMs = 500, pendingMax = 10_000 } = options;
  if (!/^[\w.:-]+$/.test(prefix)) throw new RangeError(`Redis key prefix ${JSON.stringify(prefix)} is unfit`);
  redis.defineCommand('keywardTake', { lua: takeScript });
  const commands = redis as unknown as TakeCommand;
  let pendingCount = 0;
  let isClosed = false;

  async function take(requests: readonly LimitRequest[], permits = 1): Promise<LimitDecision> {
    const counters = countersOf(requests, permits);
    if (isClosed) throw new LimitStoreUnavailableError('the limit store is closed');
    if (redis.status !== 'ready') throw new LimitStoreUnavailableError(`Redis is ${redis.status}`);
    if (pendingCount >= pendingMax) throw new LimitStoreUnavailableError('too many decisions wait for Redis');
    pendingCount++;
    try {
      const command = commands.keywardTake(...commandOf(prefix, counters, permits, now()));
      return decide(statesOf(counters, await withinTimeout(command, timeoutMs)), permits);
    } catch (cause) {
      throw new LimitStoreUnavailableError('Redis did not decide', { cause });
    } finally {
      pendingCount--;
    }
  }

  return {
    take,
    async close() {
      isClosed = true;
    },
  };
}

interface TakeCommand {
  keywardTake(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<number[]>;
}

/** The length is digits and a colon, the key is all that follows, so no two counts share a name. */
function commandOf(prefix: string, counters: readonly Counter[], permits: number, now: number | '') {
  const names = counters.map(({ key, window }) => `{${prefix}}:${window.windowMs}:${key}`);
  const command: [number, ...(string | number)[]] = [names.length, ...names, permits, now];
  for (const { window } of counters) command.push(window.limit, window.windowMs);
  return command;
}

function statesOf(counters: readonly Counter[], reply: readonly number[]): WindowState[] {
  const [now = 0] = reply;
  return counters.map(({ window }, i) => {
    const used = reply[2 * i + 1] ?? 0;
    const resetAtMs = reply[2 * i + 2] || now + window.windowMs;
    return { window, used, leftMs: resetAtMs - now, resetAtMs };
  });
}

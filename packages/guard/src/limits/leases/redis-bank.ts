import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Counter } from '../counters.ts';
import { LimitStoreUnavailableError } from '../limit-store.ts';
import { withinTimeout } from '../within-timeout.ts';
import {
  BrokenCounterError,
  type LeaseBank,
  type LeaseReply,
  type LeaseRequest,
  nameOf,
} from './lease-bank.ts';
import { beatScript, giveBackScript, leaseScript } from './lease-script.ts';

export interface RedisBankOptions {
  /** Stays the caller's to close. Connect it with `redisLimitsConnection`. */
  readonly redis: Redis | Cluster;
  /**
   * A connection of its own, on which the node hears what others recall; one that is lost costs others the wait for it.
   * Connect it with `recallConnection`.
   */
  readonly subscriber: Redis | Cluster;
  /** Letters, digits, `_`, `-`, `.`, `:`; also the hash tag that keeps a decision in one slot of a cluster. */
  readonly prefix: string;
  /** A trip that takes longer is given up (default 250). */
  readonly timeoutMs?: number;
  /** Unix milliseconds of a test's own clock. Default: Redis' time. */
  readonly now?: () => number;
}

/** How to connect what hears of recalls: what it sends by itself after a new connection nobody would hear fail. */
export const recallConnection = { autoResubscribe: false, maxRetriesPerRequest: null } as const;

/** How long a node that has not been heard of counts among those that share a limit. */
const nodeSeenMs = 60_000;
/** How long nodes have to report what they spent when Redis has lost it; longer than they take to connect again. */
const settleMs = 2_000;
/** After so many signs of life without an answer the connection may be dead though nobody said so. */
const silentBeatsMax = 4;

/** The counters of all nodes in Redis 7 or newer; every operation is one script, by its clock (L1, L3). */
export async function openRedisBank(options: RedisBankOptions): Promise<LeaseBank> {
  const { redis, subscriber, prefix, timeoutMs = 250, now = () => '' } = options;
  if (!/^[\w.:-]+$/.test(prefix)) throw new RangeError(`Redis key prefix ${JSON.stringify(prefix)} is unfit`);
  redis.defineCommand('keywardLease', { lua: leaseScript });
  redis.defineCommand('keywardGiveBack', { lua: giveBackScript });
  redis.defineCommand('keywardBeat', { lua: beatScript });
  const commands = redis as unknown as BankCommands;
  const node = randomBytes(6).toString('hex');
  const channel = `${prefix}:recall`;
  const keyOf = (counter: Counter): string => `{${prefix}}:${nameOf(counter)}`;
  const epochKey = `{${prefix}}:epoch`;
  const nodesKey = `{${prefix}}:nodes`;
  const listeners: ((names: readonly string[]) => void)[] = [];
  let silentBeats = 0;

  const send = async <Result>(command: () => Promise<Result>): Promise<Result> => {
    if (redis.status !== 'ready') throw new LimitStoreUnavailableError(`Redis is ${redis.status}`);
    try {
      return await withinTimeout(command(), timeoutMs);
    } catch (cause) {
      // A key of ours that somebody else has written.
      const isBroken = /^WRONGTYPE|not an integer/.test(cause instanceof Error ? cause.message : '');
      if (isBroken) throw new BrokenCounterError('Redis holds something else there', { cause });
      throw new LimitStoreUnavailableError('Redis did not answer', { cause });
    }
  };

  const beat = async (epoch: string) => {
    const fresh = randomBytes(9).toString('hex');
    const keysAndArguments = [nodesKey, epochKey, now(), node, epoch, fresh, channel, nodeSeenMs, settleMs];
    const [known, nodes, settlingMs] = await send(() => commands.keywardBeat(2, ...keysAndArguments));
    return { epoch: known, nodes, settlingMs };
  };

  /** A connection on which nothing ever comes is not given up by anybody else. */
  const connectAnew = (error: unknown): never => {
    silentBeats += 1;
    if (silentBeats >= silentBeatsMax && (redis.status === 'ready' || redis.status === 'connect')) {
      silentBeats = 0;
      redis.disconnect(true);
    }
    throw error;
  };

  subscriber.on('message', (heardOn: string, message: string) => {
    if (heardOn !== channel) return;
    const [from, ...names] = message.split('\n');
    if (from !== node) for (const listener of listeners) listener(names.map(decodeURIComponent));
  });
  const subscribed = Promise.withResolvers<void>();
  const subscribe = () =>
    subscriber.subscribe(channel).then(
      () => subscribed.resolve(),
      () => {},
    );
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') void subscribe();
  await withinTimeout(subscribed.promise, timeoutMs).catch(() => {});

  return {
    async lease(request) {
      const keys = [...request.counters.map(keyOf), epochKey];
      const reply = await send(() =>
        commands.keywardLease(keys.length, ...keys, now(), node, ...argumentsOf(request)),
      );
      return replyOf(reply);
    },
    async giveBack(permits, epoch = '') {
      const keys = [...permits.map(({ counter }) => keyOf(counter)), epochKey];
      const values = permits.flatMap(({ permits: count, endsAtMs }) => [count, endsAtMs]);
      await send(() => commands.keywardGiveBack(keys.length, ...keys, node, ...values, epoch));
    },
    recall(counters) {
      if (counters.length === 0) return;
      const names = counters.map((counter) => encodeURIComponent(nameOf(counter)));
      // A recall that is not heard costs the wait for it, nothing else.
      redis.publish(channel, [node, ...names].join('\n')).catch(() => {});
    },
    onRecall(listener) {
      listeners.push(listener);
    },
    async beat(epoch) {
      const answer = await beat(epoch).catch(connectAnew);
      silentBeats = 0;
      return answer;
    },
    async leave() {
      await send(() => redis.zrem(nodesKey, node));
    },
  };
}

interface BankCommands {
  keywardLease(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<number[]>;
  keywardBeat(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<[string, number, number]>;
  keywardGiveBack(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<null>;
}

function argumentsOf(request: LeaseRequest): (string | number)[] {
  const { counters, calls, isWhole, reserved, extra, owed, epoch = '' } = request;
  const values: (string | number)[] = [calls, isWhole ? 1 : 0];
  for (const [at, { window }] of counters.entries()) {
    const { permits = 0, endsAtMs = 0 } = reserved[at] ?? {};
    values.push(window.limit, window.windowMs, permits, endsAtMs, extra[at] ?? 0);
    values.push(owed?.[at]?.permits ?? 0, owed?.[at]?.leftMs ?? 0);
  }
  values.push(epoch);
  return values;
}

function replyOf([nowMs = 0, admitted = 0, ...fields]: readonly number[]): LeaseReply {
  const windows = [];
  for (let at = 0; at < fields.length; at += 4) {
    const [remaining = 0, endsAtMs = 0, extra = 0, held = 0] = fields.slice(at, at + 4);
    windows.push({ remaining, endsAtMs, extra, isHeldElsewhere: held === 1 });
  }
  if (admitted < 0) return { nowMs, admitted: 0, windows, isOtherEpoch: true };
  return { nowMs, admitted, windows };
}

import { randomBytes } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Counter } from '../counters.ts';
import { LimitStoreUnavailableError } from '../limit-store.ts';
import type { LeaseBank, LeaseReply, LeaseRequest } from './lease-bank.ts';
import { nameOf } from './lease-bank.ts';
import { giveBackScript, leaseScript } from './lease-script.ts';

export interface RedisBankOptions {
  /** Stays the caller's to close. Connect it with `redisLimitsConnection`. */
  readonly redis: Redis | Cluster;
  /** A connection of its own, on which the node hears what others recall. */
  readonly subscriber: Redis | Cluster;
  /** Letters, digits, `_`, `-`, `.`, `:`; also the hash tag that keeps a decision in one slot of a cluster. */
  readonly prefix: string;
  /** A trip that takes longer is given up (default 500). */
  readonly timeoutMs?: number;
  /** Unix milliseconds of a test's own clock. Default: Redis' time. */
  readonly now?: () => number;
}

/** The counters of all nodes in Redis 7 or newer; every operation is one script, by its clock (L1, L3). */
export async function openRedisBank(options: RedisBankOptions): Promise<LeaseBank> {
  const { redis, subscriber, prefix, timeoutMs = 500, now = () => '' } = options;
  if (!/^[\w.:-]+$/.test(prefix)) throw new RangeError(`Redis key prefix ${JSON.stringify(prefix)} is unfit`);
  redis.defineCommand('keywardLease', { lua: leaseScript });
  redis.defineCommand('keywardGiveBack', { lua: giveBackScript });
  const commands = redis as unknown as BankCommands;
  const node = randomBytes(6).toString('hex');
  const channel = `${prefix}:recall`;
  const keyOf = (counter: Counter): string => `{${prefix}}:${nameOf(counter)}`;
  const listeners: ((names: readonly string[]) => void)[] = [];

  const send = async <Result>(command: () => Promise<Result>): Promise<Result> => {
    if (redis.status !== 'ready') throw new LimitStoreUnavailableError(`Redis is ${redis.status}`);
    try {
      return await withinTimeout(command(), timeoutMs);
    } catch (cause) {
      throw new LimitStoreUnavailableError('Redis did not answer', { cause });
    }
  };

  subscriber.on('message', (heardOn: string, message: string) => {
    if (heardOn !== channel) return;
    const [from, ...names] = message.split('\n');
    if (from !== node) for (const listener of listeners) listener(names.map(decodeURIComponent));
  });
  await subscriber.subscribe(channel);

  return {
    async lease(request) {
      const keys = request.counters.map(keyOf);
      const reply = await send(() =>
        commands.keywardLease(keys.length, ...keys, now(), node, ...argumentsOf(request)),
      );
      return replyOf(reply);
    },
    async giveBack(permits) {
      const keys = permits.map(({ counter }) => keyOf(counter));
      const values = permits.flatMap(({ permits: count, endsAtMs }) => [count, endsAtMs]);
      await send(() => commands.keywardGiveBack(keys.length, ...keys, node, ...values));
    },
    recall(counters) {
      const names = counters.map((counter) => encodeURIComponent(nameOf(counter)));
      // A recall that is not heard costs the wait for it, nothing else.
      redis.publish(channel, [node, ...names].join('\n')).catch(() => {});
    },
    onRecall(listener) {
      listeners.push(listener);
    },
  };
}

interface BankCommands {
  keywardLease(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<number[]>;
  keywardGiveBack(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<null>;
}

function argumentsOf({ counters, calls, isWhole, reserved, extra }: LeaseRequest): (string | number)[] {
  const values: (string | number)[] = [calls, isWhole ? 1 : 0];
  for (const [at, { window }] of counters.entries())
    values.push(window.limit, window.windowMs, reserved[at] ?? 0, extra[at] ?? 0);
  return values;
}

function replyOf([nowMs = 0, admitted = 0, ...fields]: readonly number[]): LeaseReply {
  const windows = [];
  for (let at = 0; at < fields.length; at += 4) {
    const [remaining = 0, endsAtMs = 0, extra = 0, held = 0] = fields.slice(at, at + 4);
    windows.push({ remaining, endsAtMs, extra, isHeldElsewhere: held === 1 });
  }
  return { nowMs, admitted, windows };
}

function withinTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

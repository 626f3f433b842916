import { setTimeout as delay } from 'node:timers/promises';
import type { IssuedKey } from '../product/people-and-keys.ts';
import { statusOf } from './revocation.ts';
import { watchPauseMs } from './rounds.ts';

/** Uses all keys on all nodes in turn, for as long as it runs, so that each is remembered everywhere. */
export interface BackgroundUse {
  /** From now on what the key is answered is not looked at. */
  revoking(key: IssuedKey): void;
  /** From now on it must be refused. */
  revoked(key: IssuedKey): void;
  readonly requests: number;
  /** What should not have been answered, in words. */
  readonly problems: readonly string[];
  stop(): Promise<void>;
}

export function useInBackground(urls: readonly string[], keys: readonly IssuedKey[]): BackgroundUse {
  const expected = new Map(keys.map(({ key }) => [key, 200]));
  const problems: string[] = [];
  let requests = 0;
  let isRunning = true;
  const running = urls.map(async (url, node) => {
    while (isRunning) {
      for (const { id, key } of keys) {
        if (!isRunning) return;
        const wanted = expected.get(key);
        const status = await statusOf(url, key);
        requests += 1;
        // One that is revoked meanwhile may have been answered either way.
        if (wanted !== undefined && wanted === expected.get(key) && status !== wanted)
          problems.push(`node ${node} answered ${status} to key ${id}, not ${wanted}`);
        await delay(2 * watchPauseMs);
      }
    }
  });
  return {
    revoking: ({ key }) => expected.delete(key),
    revoked: ({ key }) => expected.set(key, 401),
    get requests() {
      return requests;
    },
    problems,
    async stop() {
      isRunning = false;
      await Promise.all(running);
    },
  };
}

import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kept } from './keep.ts';

/**
 * A process of its own that outlives the test run for a moment: when its standard input ends, which it does however
 * the run died, it stops the servers that were not released, and removes their folders.
 */
const kept = new Map<string, Kept>();

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Kept;
  if (order.pid === undefined && order.released) kept.delete(order.folder);
  else kept.set(order.folder, order);
}
await Promise.all([...kept.values()].map(stop));

async function stop({ folder, pid }: Kept): Promise<void> {
  if (pid !== undefined && signal(pid, 'SIGINT')) {
    for (let tries = 0; tries < 50 && signal(pid, 0); tries++) await delay(100);
    signal(pid, 'SIGKILL');
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

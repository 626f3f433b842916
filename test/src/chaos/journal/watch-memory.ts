import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from './resident-bytes.ts';

const mebibyte = 1024 * 1024;

/**
 * Watches a node for `durationMs`, and says how much more memory it had in the last third than in the first, MiB.
 * The most of each third is compared: what a collection of garbage gives back is not looked at.
 */
export async function watchMemory(dataFolder: string, durationMs: number): Promise<number> {
  const most = [0, 0, 0];
  const startedAtMs = performance.now();
  for (;;) {
    const third = Math.floor(((performance.now() - startedAtMs) / durationMs) * 3);
    if (third > 2) return Math.round(((most[2] ?? 0) - (most[0] ?? 0)) / mebibyte);
    most[third] = Math.max(most[third] ?? 0, await residentBytes(dataFolder));
    await delay(250);
  }
}

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** How processes are spread over the cores, in words. */
export const pinning = canPin
  ? 'each server alone on core 0; load generator, PostgreSQL and Redis on core 1 (taskset)'
  : 'nothing is pinned to a core: taskset or a second core is missing, so that servers and load share what there is';

/** A command as it is run on one core; unchanged where processes cannot be pinned. */
export function onCore(
  core: number,
  command: readonly [string, ...string[]],
): { file: string; args: string[] } {
  const [file, ...args] = command;
  return canPin ? { file: 'taskset', args: ['-c', `${core}`, file, ...args] } : { file, args };
}

/** Moves this process, and with it all that it starts from now on, to one core. */
export function moveToCore(core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', `${core}`, `${process.pid}`]);
}

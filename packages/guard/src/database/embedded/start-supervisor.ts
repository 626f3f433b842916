import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../sibling-module.ts';
import { openLog } from './server-log.ts';
import type { SupervisorPlan } from './supervisor-plan.ts';

/** SQLite, which the lock needs, hides behind a flag before Node 22.13 and warns until it is declared stable. */
const nodeOptions = [
  '--experimental-sqlite',
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=1',
];

/** Starts the process that runs PostgreSQL and outlives us: its own process group, no inherited environment or secrets. */
export function startSupervisor(plan: SupervisorPlan): ChildProcess {
  const main = fileURLToPath(siblingModule(import.meta.url, './supervise'));
  const log = openLog(plan.place.folder, 'supervisor.log', plan.place.runAs);
  try {
    const child = spawn(process.execPath, [...nodeOptions, main, JSON.stringify(plan)], {
      cwd: '/',
      env: compileCache(),
      detached: true,
      stdio: ['ignore', 'ignore', log],
    });
    // Its failure shows itself by its exit code; an error that nobody hears would end us.
    child.on('error', () => {});
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Run from source, this spares the supervisor the TypeScript compiler: most of the memory that it would need. */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir?.();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

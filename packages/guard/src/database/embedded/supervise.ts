import { writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import { prepareCluster } from './cluster.ts';
import { EmbeddedDatabaseError, messageOf } from './embedded-database-error.ts';
import { lockForLife } from './folder-lock.ts';
import { Postmaster } from './postmaster.ts';
import { dropPrivileges } from './run-as.ts';
import { controlSocket, prepareRunFolder } from './run-folder.ts';
import { type Supervised, Supervisor } from './supervisor.ts';
import type { SupervisorPlan } from './supervisor-plan.ts';

// The main module of the supervisor's process. Everything is imported before the privileges go: afterwards our own
// files may be out of reach.

const lockMsMax = 10_000;

/** Supervises one place until nobody needs it; ends at once when another supervisor keeps the lock. */
async function supervise(plan: SupervisorPlan): Promise<void> {
  process.umask(0o077);
  // Now, as long as its folder can be reached; this process may end without another chance.
  flushCompileCache?.();
  process.chdir('/');
  if (plan.place.runAs !== undefined) dropPrivileges(plan.place.runAs);
  const place = plan.place.folder;
  if (!(await lockForLife(join(place, 'lock'), lockMsMax))) process.exit(0);
  writeFileSync(join(place, 'supervisor.pid'), `${process.pid}\n`);
  const runFolder = prepareRunFolder(place);
  const supervisor = new Supervisor({
    place,
    controlPath: controlSocket(runFolder),
    idleMs: plan.idleMs,
    server: superviseCluster(plan, runFolder, () => void supervisor.serverDied()),
    log,
    onEnd: (exitCode) => void endWhenWritten(exitCode),
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => supervisor.requestEnd());
  supervisor.run();
}

/** Makes the cluster at the first start, then runs its server. */
function superviseCluster(plan: SupervisorPlan, runFolder: string, onDeath: () => void): Supervised {
  const place = plan.place.folder;
  let postmaster: Postmaster | undefined;
  return {
    async start() {
      const dataFolder = await prepareCluster(place, plan.binaries, ['root', systemUser()]);
      postmaster ??= new Postmaster({
        place,
        dataFolder,
        runFolder,
        binariesFolder: plan.binaries.folder,
        onDeath,
      });
      await postmaster.start();
    },
    stop: async () => postmaster?.stop(),
  };
}

/** PostgreSQL asks for the name too, and refuses to work without. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new EmbeddedDatabaseError(
      `User ${process.getuid?.()} has no name on this machine (no line in /etc/passwd), and PostgreSQL needs one. ` +
        'Start as a user that has, or set DATABASE_URL.',
    );
  }
}

/** Sockets that were ended write their last bytes in the next turns. */
async function endWhenWritten(exitCode: number): Promise<void> {
  await setImmediate();
  process.exit(exitCode);
}

function log(message: string): void {
  process.stderr.write(`${new Date(systemClock.now()).toISOString()} ${message}\n`);
}

supervise(JSON.parse(process.argv[2] ?? '{}') as SupervisorPlan).catch((error: unknown) => {
  log(messageOf(error));
  process.exit(1);
});

import type { ChildProcess } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import { type Answer, type AttachmentRole, receive, send } from './control-channel.ts';
import { EmbeddedDatabaseError } from './embedded-database-error.ts';
import { findPlace, preparePlace } from './prepare-place.ts';
import { processBornAt } from './process-identity.ts';
import { provideBinaries } from './provide-binaries.ts';
import { controlSocket, findRunFolder } from './run-folder.ts';
import { tailLog } from './server-log.ts';
import { startSupervisor } from './start-supervisor.ts';

export interface AttachOptions {
  readonly dataFolder: string;
  readonly role: AttachmentRole;
  readonly systemFolder: string;
  readonly idleMs: number;
  readonly startMs: number;
  readonly log: (message: string) => void;
}

/** A seat at the running server; lost when the connection closes. */
export interface Seat {
  readonly socket: Socket;
  readonly runFolder: string;
}

const pollMs = 20;
const failedStartsMax = 3;

/** Takes a seat, and starts a supervisor when none is there. Throws when refused, failed, or after `startMs`. */
export async function attach(options: AttachOptions): Promise<Seat> {
  const deadlineMs = systemClock.monotonic() + options.startMs;
  let child: ChildProcess | undefined;
  let failedStarts = 0;
  while (systemClock.monotonic() < deadlineMs) {
    const seat = await takeSeat(options, deadlineMs);
    if (seat !== undefined) {
      // Ours waits for the lock when another one was quicker.
      if (child !== undefined && child.pid !== seat.supervisorPid) child.kill();
      return seat;
    }
    if (child === undefined || hasEnded(child)) {
      if (child !== undefined && child.exitCode !== 0) failedStarts += 1;
      if (failedStarts === failedStartsMax) throw failure('could not be started', options);
      const place = preparePlace(options);
      const binaries = provideBinaries(place, options.systemFolder);
      child = startSupervisor({ place, binaries, idleMs: options.idleMs });
    }
    await sleep(pollMs);
  }
  throw failure(`was not ready within ${options.startMs / 1000} s`, options);
}

async function takeSeat(
  options: AttachOptions,
  deadlineMs: number,
): Promise<(Seat & { readonly supervisorPid: number }) | undefined> {
  const place = findPlace(options.dataFolder);
  const runFolder = place === undefined ? undefined : findRunFolder(place);
  if (runFolder === undefined) return undefined;
  const socket = await connectTo(controlSocket(runFolder));
  if (socket === undefined) return undefined;
  const answer = await ask(socket, options.role, deadlineMs);
  if (answer?.kind === 'ready') return { socket, runFolder, supervisorPid: answer.supervisorPid };
  socket.destroy();
  if (answer !== undefined) throw new EmbeddedDatabaseError(answer.message);
  return undefined;
}

/** Undefined when nobody listens there. */
function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

/** Undefined when the supervisor goes away instead of answering, or the deadline passes. */
function ask(socket: Socket, role: AttachmentRole, deadlineMs: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), Math.max(0, deadlineMs - systemClock.monotonic()));
    const settle = (answer: Answer | undefined) => {
      clearTimeout(timer);
      resolve(answer);
    };
    receive<Answer>(socket, settle);
    socket.once('close', () => settle(undefined));
    send(socket, { kind: 'attach', role, pid: process.pid, bornAt: processBornAt(process.pid) ?? '' });
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function failure(what: string, options: AttachOptions): EmbeddedDatabaseError {
  const place = findPlace(options.dataFolder) ?? options.dataFolder;
  const logs = (['supervisor.log', 'postgres.log'] as const)
    .map((name) => ({ name, tail: tailLog(place, name) }))
    .filter(({ tail }) => tail !== '')
    .map(({ name, tail }) => `\nThe end of ${name} in ${place}:\n${tail}`);
  const message = `The embedded PostgreSQL ${what}. Mend what its logs name and start again, or set DATABASE_URL.`;
  return new EmbeddedDatabaseError(message + logs.join(''));
}

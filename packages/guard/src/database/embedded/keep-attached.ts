import { setTimeout as sleep } from 'node:timers/promises';
import { type AttachOptions, attach, type Seat } from './attach.ts';
import { send } from './control-channel.ts';
import { messageOf } from './embedded-database-error.ts';

/** A seat that is taken again whenever the supervisor is lost, until `leave`. */
export interface Kept {
  readonly runFolder: string;
  /** Resolves when the supervisor has let us go; when we were the last, PostgreSQL has stopped by then. */
  leave(): Promise<void>;
}

const retryPauseMs = 1_000;
const leaveMsMax = 70_000;

/** Attaches, and stays attached. PostgreSQL itself goes on while its supervisor is replaced. */
export async function keepAttached(options: AttachOptions): Promise<Kept> {
  let seat: Seat | undefined = await attach(options);
  const { runFolder } = seat;
  let isLeaving = false;
  let hasSaidLeave = false;
  let changed: Promise<void> = watch(seat);

  async function watch(held: Seat): Promise<void> {
    await closed(held);
    seat = undefined;
    if (hasSaidLeave) return;
    options.log('The supervisor of the embedded PostgreSQL is gone; another one is started.');
    changed = reattach();
  }

  /** At least once even when we are about to leave: without a supervisor nobody would stop the server. */
  async function reattach(): Promise<void> {
    do {
      try {
        seat = await attach(options);
        changed = watch(seat);
        return;
      } catch (error) {
        options.log(messageOf(error));
        await sleep(retryPauseMs);
      }
    } while (!isLeaving);
  }

  return {
    runFolder,
    async leave() {
      isLeaving = true;
      if (seat === undefined) await changed;
      if (seat === undefined) return;
      hasSaidLeave = true;
      await sayLeave(seat);
    },
  };
}

async function sayLeave(seat: Seat): Promise<void> {
  const gone = closed(seat);
  seat.socket.ref();
  send(seat.socket, { kind: 'leave' });
  const patience = new AbortController();
  await Promise.race([gone, sleep(leaveMsMax, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  seat.socket.destroy();
}

function closed({ socket }: Seat): Promise<void> {
  // It must not keep alive a process that has nothing else to do.
  socket.unref();
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Attachments } from './attachments.ts';
import { type Answer, type Request, receive, send } from './control-channel.ts';
import { messageOf } from './embedded-database-error.ts';

/** What the supervisor looks after. */
export interface Supervised {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  readonly place: string;
  readonly controlPath: string;
  readonly idleMs: number;
  readonly server: Supervised;
  readonly log: (message: string) => void;
  /** Called once, when there is nothing left to do. */
  readonly onEnd: (exitCode: number) => void;
}

const restartPauseMsMax = 5_000;

/** Keeps the server up while anybody is attached, and stops it when nobody is. Its owner holds the lock on the place. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #attachments: Attachments;
  readonly #control: Server;
  readonly #sockets = new Set<Socket>();
  #started: Promise<void> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isAskedToEnd = false;
  #isEnding = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#attachments = new Attachments(options.place);
    this.#control = createServer((socket) => this.#accept(socket));
  }

  /** Listens for nodes and tools, and starts the server meanwhile. */
  run(): void {
    rmSync(this.#options.controlPath, { force: true });
    this.#control.listen(this.#options.controlPath, () => chmodSync(this.#options.controlPath, 0o600));
    this.#started = this.#options.server.start();
    this.#started.catch((error: unknown) => this.#options.log(messageOf(error)));
    this.#waitForSomebody();
  }

  /** Ends as soon as nobody is attached: a machine that shuts down asks us at the same time as the node. */
  requestEnd(): void {
    this.#isAskedToEnd = true;
    if (this.#attachments.size === 0) void this.#end(0);
  }

  /** To be called when the server has died: brings it up again for those who are attached. */
  async serverDied(): Promise<void> {
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, restartPauseMsMax)) {
      if (this.#isEnding) return;
      if (this.#attachments.size === 0 || this.#isAskedToEnd) return this.#end(0);
      this.#options.log('PostgreSQL ended by itself; it is started again.');
      this.#started = this.#options.server.start();
      try {
        return await this.#started;
      } catch (error) {
        this.#options.log(messageOf(error));
        await sleep(pauseMs);
      }
    }
  }

  #accept(socket: Socket): void {
    if (this.#isEnding) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    receive<Request>(socket, (request) => {
      if (request.kind === 'attach') void this.#attach(socket, request);
      else this.#leave(socket);
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#attachments.remove(socket) && this.#attachments.size === 0) this.#waitForSomebody();
    });
  }

  async #attach(socket: Socket, request: Extract<Request, { kind: 'attach' }>): Promise<void> {
    const { role, pid, bornAt } = request;
    const refusal = this.#attachments.add(socket, { role, pid, bornAt });
    if (refusal !== undefined) {
      finish(socket, {
        kind: 'refused',
        message: `The node with process id ${refusal.nodePid} already works on this folder. Stop it first, or use another KEYWARD_DATA.`,
      });
      return;
    }
    clearTimeout(this.#idle);
    try {
      await this.#started;
      send(socket, { kind: 'ready', supervisorPid: process.pid });
    } catch (error) {
      finish(socket, { kind: 'failed', message: messageOf(error) });
      // The next start gets a new supervisor and another try.
      await this.#end(1);
    }
  }

  /** The last one to leave waits until the server has stopped. */
  #leave(socket: Socket): void {
    this.#attachments.remove(socket);
    if (this.#attachments.size === 0) void this.#end(0);
    else socket.end();
  }

  #waitForSomebody(): void {
    clearTimeout(this.#idle);
    const waitMs = this.#isAskedToEnd ? 0 : this.#options.idleMs;
    this.#idle = setTimeout(() => void this.#end(0), waitMs);
  }

  async #end(exitCode: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearTimeout(this.#idle);
    // From here on whoever comes finds no socket, starts a supervisor of its own, and that one waits for our lock.
    this.#control.close();
    rmSync(this.#options.controlPath, { force: true });
    await this.#options.server.stop();
    for (const socket of this.#sockets) socket.end();
    this.#options.onEnd(exitCode);
  }
}

function finish(socket: Socket, answer: Answer): void {
  send(socket, answer);
  socket.end();
}

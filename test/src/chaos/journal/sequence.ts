import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { watchPauseMs } from '../rounds.ts';
import { send } from '../send.ts';

/** One client that sends one request after the other, `<name>-0`, `<name>-1` and so on, until it is stopped. */
export class Sequence {
  readonly name: string;
  readonly statuses: number[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  #isRunning = true;
  readonly #running: Promise<void>;

  /** Sends what is refused as wrong (422) once the key has been let in: nothing of it needs the database. */
  constructor(name: string, url: string, key: string) {
    this.name = name;
    this.#running = this.#run(url, key);
    // Whoever stops it hears of it.
    this.#running.catch(() => {});
  }

  count(status: number): number {
    return this.statuses.filter((one) => one === status).length;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#running;
    this.#agent.destroy();
  }

  async #run(url: string, key: string): Promise<void> {
    const wish = { kind: 'count tokens', method: 'POST', path: '/v1/tokens', key, body: '{}', expected: [] };
    while (this.#isRunning) {
      const outcome = await send(this.#agent, url, wish, `${this.name}-${this.statuses.length}`);
      if (outcome.kind !== 'answered') throw new Error(`${this.name}: ${JSON.stringify(outcome)}`);
      this.statuses.push(outcome.answer.status);
      await delay(watchPauseMs);
    }
  }
}

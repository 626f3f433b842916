import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';
import { type Outcome, send, type Wish } from './send.ts';
import type { Traffic } from './traffic.ts';

/** Clients at once, each on a connection of its own. */
const clientCount = 40;

/** Forty clients that send one request after the other, and write down what they saw. */
export class Load {
  readonly ledger: Ledger;
  readonly #traffic: Traffic;
  readonly #agent = new Agent({ keepAlive: true });
  /** Client request ids of what has been sent and neither answered nor cut. */
  readonly #open = new Set<string>();
  #url = '';
  #isRunning = false;
  #clients: Promise<void>[] = [];

  constructor(traffic: Traffic, ledger: Ledger) {
    this.#traffic = traffic;
    this.ledger = ledger;
  }

  /** `pauseMs`: how long a client waits after it was refused for now, or not let in. */
  start(url: string, pauseMs = 20): void {
    this.#url = url;
    this.#isRunning = true;
    this.#clients = Array.from({ length: clientCount }, () => this.#client(pauseMs));
  }

  /** Client request ids of the requests that are open at this moment. */
  get open(): string[] {
    return [...this.#open];
  }

  /** No request begins from now on. */
  hold(): void {
    this.#isRunning = false;
  }

  /** After `hold`: resolves when nothing is open any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#clients);
  }

  async send(wish: Wish, url = this.#url): Promise<Outcome> {
    const id = this.ledger.begin(wish);
    this.#open.add(id);
    const outcome = await send(this.#agent, url, wish, id);
    this.#open.delete(id);
    this.ledger.end(id, outcome);
    return outcome;
  }

  /** Sends all, a few at a time; again what is refused for now, as on a machine that is too busy to do it in time. */
  async sendAll(wishes: Iterable<Wish>, url: string): Promise<void> {
    const waiting = wishes[Symbol.iterator]();
    const client = async (): Promise<void> => {
      for (let next = waiting.next(); !next.done; next = waiting.next()) {
        while (isForNow(await this.send(next.value, url))) await delay(1_000);
      }
    };
    this.ledger.mayBeUnavailable = true;
    await Promise.all(Array.from({ length: 16 }, client));
    this.ledger.mayBeUnavailable = false;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #client(pauseMs: number): Promise<void> {
    while (this.#isRunning) {
      const outcome = await this.send(this.#traffic.next());
      if (outcome.kind !== 'answered' || isForNow(outcome)) await delay(pauseMs);
    }
  }
}

function isForNow(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.answer.status === 503;
}

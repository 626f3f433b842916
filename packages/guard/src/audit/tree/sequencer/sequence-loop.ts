import type { Client } from 'pg';
import { KeptConnection } from '../../shipping/kept-connection.ts';
import { WakeableSleep } from '../../shipping/wakeable-sleep.ts';
import { type NoteSigner, noteSigner } from '../notes/note-key.ts';
import { lookAhead } from './find-unsequenced.ts';
import { type Round, sequenceRound } from './sequence-round.ts';
import { type CheckpointRhythm, type CheckpointState, isDue } from './sign-checkpoint.ts';

export interface SequenceLoopOptions {
  readonly databaseUrl: string;
  /** Ed25519, PKCS #8 in DER. */
  readonly signingKey: Uint8Array;
  readonly rhythm: CheckpointRhythm;
  readonly rowsMax: number;
  readonly pollIntervalMs: number;
  /** The longest wait between attempts while the database is away. */
  readonly retryDelayMsMax: number;
  readonly onRound: (round: Round) => void;
  /** An attempt failed; the next one follows by itself. */
  readonly onError: (error: Error) => void;
}

/** Longer than any round may take: then the connection is dead, whatever the socket says. */
const roundTimeoutMs = 300_000;

/** Sequences for as long as it runs, over one connection of its own, whenever no other node does. */
export class SequenceLoop {
  readonly #options: SequenceLoopOptions;
  readonly #connection: KeptConnection;
  readonly #sleep = new WakeableSleep();
  readonly #done: Promise<void>;
  #signer: NoteSigner | undefined;
  #isStopping = false;
  #failures = 0;

  constructor(options: SequenceLoopOptions) {
    this.#options = options;
    this.#connection = new KeptConnection(options.databaseUrl);
    this.#done = this.#run();
  }

  /** Ends after sequencing, and signing, what is there now. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#sleep.wake();
    return this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const isDone = await this.#attempt(this.#options.rhythm);
      if (isDone && !this.#isStopping) await this.#sleep.for(this.#delayMs());
    }
    // What was shipped until now is covered before the node goes; with the database away the next node does it.
    if (this.#connection.isOpen)
      while (!(await this.#attempt({ grownAfterMs: 0, idleAfterMs: Number.MAX_VALUE })));
    await this.#connection.close();
  }

  /** True when there is nothing to do now. */
  async #attempt(rhythm: CheckpointRhythm): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const client = await this.#connection.open();
      timer = setTimeout(() => client.end().catch(() => {}), roundTimeoutMs);
      const isDone = await this.#sequence(client, rhythm);
      this.#failures = 0;
      return isDone;
    } catch (error) {
      this.#failures += 1;
      this.#options.onError(error as Error);
      await this.#connection.close();
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  async #sequence(client: Client, rhythm: CheckpointRhythm): Promise<boolean> {
    const { rows } = await client.query<CheckpointState & { hasNew: boolean }>(lookAhead);
    const [state] = rows;
    if (state === undefined || !(state.hasNew || isDue(state, rhythm))) return true;
    const { rowsMax, onRound } = this.#options;
    const round = await sequenceRound(client, {
      rowsMax,
      rhythm,
      signerFor: (origin) => this.#signerFor(origin),
    });
    if (round.isOurs) onRound(round);
    return !round.isFull;
  }

  #signerFor(origin: string): NoteSigner {
    if (this.#signer?.name !== origin) this.#signer = noteSigner(origin, this.#options.signingKey);
    return this.#signer;
  }

  #delayMs(): number {
    const { pollIntervalMs, retryDelayMsMax } = this.#options;
    if (this.#failures === 0) return pollIntervalMs;
    const longest = Math.min(pollIntervalMs * 2 ** Math.min(this.#failures, 20), retryDelayMsMax);
    // Half of it at random, so that the nodes do not all come back at the same moment.
    return longest / 2 + (Math.random() * longest) / 2;
  }
}

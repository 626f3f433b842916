import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { siblingModule } from '../../../sibling-module.ts';
import type { AnchorTarget } from '../anchors/anchor-place.ts';
import type { FromSequencerWorker, SequencerWorkerData } from './sequencer-worker.ts';
import type { CheckpointRhythm } from './sign-checkpoint.ts';

export interface SequencerOptions {
  /** Around a pooler. */
  readonly databaseUrl: string;
  /** By which checkpoints are signed: Ed25519, PKCS #8 in DER. */
  readonly signingKey: Uint8Array;
  /** Where checkpoints are kept outside. */
  readonly anchors: readonly AnchorTarget[];
  /** Default: 5 s after the last one when there are new leaves, 9 s when nothing happened. */
  readonly rhythm?: CheckpointRhythm;
  /** How often it is looked whether something is new. Default 1,000. */
  readonly pollIntervalMs?: number;
  /** Rows of a round. Default 20,000. */
  readonly rowsMax?: number;
  /** The longest wait between attempts while the database or a place is away. Default 5,000. */
  readonly retryDelayMsMax?: number;
  /** A round failed; the next one follows by itself. */
  readonly onError?: (error: Error) => void;
  /** Checkpoints could not be brought outside; they follow by themselves. */
  readonly onAnchorError?: (error: Error) => void;
}

export interface SequencerFigures {
  /** Entries sequenced by this node since its start. */
  readonly entries: number;
  /** The newest checkpoint that this node has signed. */
  readonly checkpoint: number | undefined;
  /** Attempts that failed since a round that succeeded. */
  readonly failures: number;
}

/** Starts to give entries their leaves and to sign checkpoints, in a worker thread with connections of its own (A4). */
export function startSequencer(options: SequencerOptions): Sequencer {
  return new Sequencer(options);
}

const restartDelayMs = 1_000;
const stopTimeoutMs = 5_000;
/** A checkpoint covers an entry 10 s after it was answered: shipping and sequencing take some of them. */
const usualRhythm: CheckpointRhythm = { grownAfterMs: 5_000, idleAfterMs: 9_000 };

export class Sequencer {
  readonly #options: SequencerOptions;
  #worker: Worker;
  #isStopping = false;
  #restart: NodeJS.Timeout | undefined;
  #figures: SequencerFigures = { entries: 0, checkpoint: undefined, failures: 0 };

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#worker = this.#startWorker();
  }

  get figures(): SequencerFigures {
    return this.#figures;
  }

  /** Sequences, signs and brings outside what is there, if that is quick; what is left the next node does. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#restart);
    if (this.#worker.threadId === -1) return;
    const exited = once(this.#worker, 'exit');
    this.#worker.postMessage('stop');
    // A round that hangs is rolled back by PostgreSQL.
    const timer = setTimeout(() => this.#worker.terminate(), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  #startWorker(): Worker {
    const { databaseUrl, signingKey, anchors } = this.#options;
    const {
      rhythm = usualRhythm,
      rowsMax = 20_000,
      pollIntervalMs = 1_000,
      retryDelayMsMax = 5_000,
    } = this.#options;
    const pace = { databaseUrl, pollIntervalMs, retryDelayMsMax };
    const workerData: SequencerWorkerData = {
      sequence: { ...pace, signingKey, rhythm, rowsMax },
      anchors: anchors.map((target) => ({ ...pace, target })),
    };
    const worker = new Worker(siblingModule(import.meta.url, './sequencer-worker'), { workerData });
    worker.on('message', (message: FromSequencerWorker) => this.#receive(message));
    worker.on('error', (error) => this.#fail(error as Error));
    worker.on('exit', () => {
      if (this.#isStopping) return;
      this.#restart = setTimeout(() => {
        this.#worker = this.#startWorker();
      }, restartDelayMs).unref();
    });
    return worker;
  }

  #receive(message: FromSequencerWorker): void {
    if (message.kind === 'round') {
      const entries = this.#figures.entries + message.rows;
      this.#figures = { entries, checkpoint: message.signed ?? this.#figures.checkpoint, failures: 0 };
    } else if (message.of === 'sequencer') {
      this.#fail(new Error(message.message));
    } else {
      this.#options.onAnchorError?.(new Error(message.message));
    }
  }

  #fail(error: Error): void {
    this.#figures = { ...this.#figures, failures: this.#figures.failures + 1 };
    this.#options.onError?.(error);
  }
}

import type { ReadableStreamDefaultReader, ReadableStreamReadResult } from 'node:stream/web';
import type { Passage } from './pass-bytes.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

export interface AnswerStreamOptions {
  /** Undefined: the bytes are nobody's concern. */
  readonly passage: Passage | undefined;
  /** Called once, when the answer has ended or broken off; its end is passed on afterwards. */
  readonly finish: () => Promise<void>;
  readonly callerHasGone: () => void;
}

type Result = ReadableStreamReadResult<Uint8Array>;

/** What may wait for a slow caller before the provider is held back, bytes. */
const waitingBytesMax = 256 * 1024;

/** Reads an answer from the provider's connection, chunk by chunk as its caller takes them. */
export class AnswerReader implements ReadableStreamDefaultReader<Uint8Array> {
  readonly closed: Promise<void>;
  readonly #answer: UpstreamAnswer;
  readonly #options: AnswerStreamOptions;
  readonly #close: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #waiting: PromiseWithResolvers<Result> | undefined;
  #state: 'open' | 'ended' | 'broken' | 'left' = 'open';

  constructor(answer: UpstreamAnswer, options: AnswerStreamOptions) {
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    this.#close = closed.resolve;
    this.#answer = answer;
    this.#options = options;
    answer.listen({
      data: (chunk) => this.#pass(options.passage?.take(chunk) ?? chunk),
      end: () => void this.#finish('ended'),
      broken: () => void this.#finish('broken'),
    });
  }

  read(): Promise<Result> {
    const [chunk] = this.#queue;
    if (chunk !== undefined) {
      this.#queue.shift();
      this.#queuedBytes -= chunk.length;
      if (this.#queuedBytes === 0) this.#answer.letGo(this);
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#state !== 'open') return this.#last();
    this.#waiting ??= Promise.withResolvers<Result>();
    return this.#waiting.promise;
  }

  async cancel(): Promise<void> {
    if (this.#state !== 'open') return this.#close();
    this.#state = 'left';
    this.#queue = [];
    this.#close();
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#options.callerHasGone();
    // The rest is read for what it says of its cost.
    if (this.#options.passage === undefined) this.#answer.destroy();
    else this.#answer.letGo(this);
  }

  releaseLock(): void {}

  #pass(chunk: Buffer): void {
    if (this.#state !== 'open' || chunk.length === 0) return;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: chunk });
      return;
    }
    this.#queue.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= waitingBytesMax) this.#answer.hold(this);
  }

  #isFinishing = false;

  async #finish(state: 'ended' | 'broken'): Promise<void> {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#pass(this.#options.passage?.end() ?? Buffer.alloc(0));
    await this.#options.finish();
    if (this.#state === 'left') return;
    this.#state = state;
    const waiting = this.#waiting;
    if (waiting !== undefined) this.#last().then(waiting.resolve, waiting.reject);
  }

  #last(): Promise<Result> {
    this.#close();
    // A provider that breaks off: so do we, instead of passing half an answer for a whole.
    if (this.#state === 'broken') return Promise.reject(new Error('the provider broke off'));
    return Promise.resolve({ done: true, value: undefined });
  }
}

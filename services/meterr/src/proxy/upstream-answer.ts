import type { PlainHeaders } from '@keyward/guard';

/** Who takes an answer in. One of `end` and `broken` is the last that is called. */
export interface AnswerListener {
  data(chunk: Buffer): void;
  end(): void;
  /** The provider broke off, or the call was given up. */
  broken(): void;
}

/** What holds an answer back, lets it come again and cuts it off. */
export interface AnswerControl {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/** What may come before anybody listens, bytes; then the provider is held back. */
export const earlyBytesMax = 64 * 1024;

/** An answer of a provider: its head, and its bytes as they come. */
export class UpstreamAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: PlainHeaders;
  readonly #control: AnswerControl;
  #listener: AnswerListener | undefined;
  #holders: readonly object[] = [];
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #over: 'end' | 'broken' | undefined;

  constructor(status: number, headers: PlainHeaders, control: AnswerControl) {
    this.status = status;
    this.headers = headers;
    this.#control = control;
  }

  /** Once: from now on everything goes to the listener, beginning with what has come already. */
  listen(listener: AnswerListener): void {
    this.#listener = listener;
    for (const chunk of this.#early) listener.data(chunk);
    this.#early = [];
    if (this.#over !== undefined) listener[this.#over]();
    this.letGo(this);
  }

  /** The provider is held back until all who hold have let go. */
  hold(holder: object): void {
    // Its connection may carry another call already.
    if (this.#over !== undefined) return;
    if (!this.#holders.includes(holder)) this.#holders = [...this.#holders, holder];
    this.#control.pause();
  }

  letGo(holder: object): void {
    if (!this.#holders.includes(holder)) return;
    this.#holders = this.#holders.filter((other) => other !== holder);
    if (this.#holders.length === 0 && this.#over === undefined) this.#control.resume();
  }

  destroy(): void {
    this.#control.abort(new Error('the answer is not wanted'));
  }

  take(chunk: Buffer): void {
    if (this.#listener !== undefined) this.#listener.data(chunk);
    else {
      this.#early.push(chunk);
      this.#earlyBytes += chunk.length;
      if (this.#earlyBytes >= earlyBytesMax) this.hold(this);
    }
  }

  finish(how: 'end' | 'broken'): void {
    if (this.#over !== undefined) return;
    this.#over = how;
    this.#listener?.[how]();
  }
}

import type { Dispatcher } from 'undici';
import { UpstreamAnswer } from './upstream-answer.ts';

export interface ExchangeOutcome {
  answered(answer: UpstreamAnswer): void;
  /** Before there was an answer. */
  failed(error: Error): void;
  /** Nothing more comes; `isWhole`: the answer came to its end. */
  over(isWhole: boolean): void;
}

/** By lower-case names. Latin1, so that they go out as they came in, whatever their bytes stand for. */
type ResponseHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

const noStatus = new Error('the status is none');

/** One call as the HTTP client sees it. */
export class UpstreamExchange implements Dispatcher.DispatchHandler {
  readonly #outcome: ExchangeOutcome;
  #controller: Dispatcher.DispatchController | undefined;
  #answer: UpstreamAnswer | undefined;
  #givenUp: Error | undefined;

  constructor(outcome: ExchangeOutcome) {
    this.#outcome = outcome;
  }

  /** Ends the call, be it that it waits, has been sent or is being answered. */
  giveUp(reason: Error): void {
    this.#givenUp ??= reason;
    if (this.#controller !== undefined) this.#controller.abort(reason);
    else this.#outcome.failed(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp !== undefined) controller.abort(this.#givenUp);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // Interim answers (RFC 9110, 15.2) are between us and the provider.
    if (status >= 100 && status < 200) return;
    if (status < 200) {
      controller.abort(noStatus);
      return;
    }
    this.#answer = new UpstreamAnswer(status, headers, controller);
    this.#outcome.answered(this.#answer);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#answer?.take(chunk);
  }

  onResponseEnd(): void {
    this.#outcome.over(true);
    this.#answer?.finish('end');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#outcome.over(false);
    if (this.#answer === undefined) this.#outcome.failed(error);
    else this.#answer.finish('broken');
  }
}

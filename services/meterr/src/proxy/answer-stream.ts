import type {
  ReadableStreamBYOBReader,
  ReadableStreamDefaultReader,
  ReadableStreamGetReaderOptions,
  ReadableStreamReader,
} from 'node:stream/web';
import { AnswerReader, type AnswerStreamOptions } from './answer-reader.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/**
 * An answer that is passed on while it comes. Whoever takes its reader reads straight from the provider's connection: the
 * queues and promises of a web stream cost more than all else that is done for a chunk. To all others it is a web stream.
 */
export class AnswerStream extends ReadableStream<Uint8Array> {
  readonly #reader: AnswerReader;

  constructor(answer: UpstreamAnswer, options: AnswerStreamOptions) {
    const reader = new AnswerReader(answer, options);
    super(
      {
        async pull(controller) {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => reader.cancel(),
      },
      { highWaterMark: 0 },
    );
    this.#reader = reader;
  }

  override getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader;
  override getReader(): ReadableStreamDefaultReader<Uint8Array>;
  override getReader(options?: ReadableStreamGetReaderOptions): ReadableStreamReader<Uint8Array>;
  override getReader(options?: ReadableStreamGetReaderOptions): ReadableStreamReader<Uint8Array> {
    return options?.mode === 'byob' ? super.getReader({ mode: 'byob' }) : this.#reader;
  }
}

import { finished, type Readable } from 'node:stream';
import type { StreamInput } from '@keyward/guard';
import { batchBytes } from './batches-of.ts';

/** A body, chunk by chunk. */
export interface BodyChunks {
  /** Whether the memory of a chunk is the taker's alone, so that it may be given back once the chunk is used up. */
  readonly areOurs: boolean;
  /** `broken`: the client went away, or `release` was called. */
  next(): Promise<Uint8Array | 'end' | 'broken'>;
  /** Reads no more; the rest stays unread. */
  release(): void;
}

/** The chunks of a body from where they cost least. */
export function bodyChunks(body: StreamInput): BodyChunks {
  return body.node ? nodeChunks(body.node) : webChunks(body.stream);
}

function webChunks(stream: ReadableStream<Uint8Array>): BodyChunks {
  const reader = stream.getReader();
  return {
    areOurs: false,
    async next() {
      try {
        const { done, value } = await reader.read();
        return done ? 'end' : value;
      } catch {
        return 'broken';
      }
    },
    release: () => reader.releaseLock(),
  };
}

/** Reads one batch ahead; then the socket waits. */
function nodeChunks(node: Readable): BodyChunks {
  const ahead: Buffer[] = [];
  let aheadBytes = 0;
  let end: 'end' | 'broken' | undefined;
  let wake = () => {};
  const onData = (chunk: Buffer): void => {
    ahead.push(chunk);
    aheadBytes += chunk.length;
    if (aheadBytes >= batchBytes) node.pause();
    wake();
  };
  const forget = finished(node, { writable: false }, (error) => {
    end ??= error ? 'broken' : 'end';
    wake();
  });
  node.on('data', onData);
  return {
    areOurs: true,
    async next() {
      if (ahead.length === 0 && !end) await new Promise<void>((resolve) => (wake = resolve));
      const chunk = ahead.shift();
      if (!chunk) return end ?? 'broken';
      aheadBytes -= chunk.length;
      if (aheadBytes < batchBytes / 2 && node.isPaused()) node.resume();
      return chunk;
    },
    release() {
      end = 'broken';
      ahead.length = 0;
      node.off('data', onData);
      forget();
      node.pause();
      wake();
    },
  };
}

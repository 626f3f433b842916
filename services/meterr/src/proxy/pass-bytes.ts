import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { type AnswerMeter, bodyMeter, eventMeter, type MeteredAnswer } from './answer-meter.ts';
import type { Dialect } from './dialects/dialect.ts';
import { EventSplitter } from './split-events.ts';
import { withoutUsageEvents } from './strip-usage-events.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';

/** What happens to the bytes of an answer on their way through. */
export interface Passage {
  /** What may go on to the caller. */
  take(chunk: Buffer): Buffer;
  /** The last of it, when the answer has ended or broken off. */
  end(): Buffer;
  /** What was seen; after `end`. */
  metered(): MeteredAnswer | Promise<MeteredAnswer>;
}

const none = Buffer.alloc(0);

/** Of a metered answer, compressed or not. `strips`: the event that we asked for is taken out. */
export function meteredPassage(answer: UpstreamAnswer, dialect: Dialect, strips: boolean): Passage {
  const passage = isEventStream(answer) ? ofEvents(dialect, strips) : ofBody(bodyMeter(dialect));
  const encoding = String(answer.headers['content-encoding'] ?? '').trim();
  const decompress = decompressors[encoding.toLowerCase()]?.();
  return decompress === undefined ? passage : compressed(passage, decompress);
}

export function isEventStream({ headers }: UpstreamAnswer): boolean {
  return /^text\/event-stream\b/i.test(String(headers['content-type'] ?? ''));
}

function ofBody(meter: AnswerMeter): Passage {
  return {
    take(chunk) {
      meter.take(chunk);
      return chunk;
    },
    end: () => none,
    metered: () => meter.end(),
  };
}

function ofEvents(dialect: Dialect, strips: boolean): Passage {
  const meter = eventMeter(dialect);
  const splitter = new EventSplitter();
  const isOurs = strips ? dialect.isUsageOnly : undefined;
  const pass = (events: readonly Buffer[]): Buffer => {
    for (const event of events) meter.take(event);
    return isOurs === undefined ? none : withoutUsageEvents(events, isOurs);
  };
  return {
    take(chunk) {
      const passed = pass(splitter.take(chunk));
      return isOurs === undefined ? chunk : passed;
    },
    end() {
      const rest = splitter.end();
      return rest.length === 0 ? none : pass([rest]);
    },
    metered: () => meter.end(),
  };
}

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** What a compressed answer may come to before it is no longer read. */
const unpackedBytesMax = 64 * 1024 * 1024;

/** The bytes pass as they are; what is in them is looked at beside. */
function compressed(passage: Passage, decompress: Transform): Passage {
  let unpacked = 0;
  const done = new Promise<void>((resolve) => {
    decompress.once('close', resolve);
    // What broke off ends here; what was read of it counts.
    decompress.on('error', () => decompress.destroy());
  });
  decompress.on('data', (chunk: Buffer) => {
    unpacked += chunk.length;
    if (unpacked > unpackedBytesMax) decompress.destroy();
    else passage.take(chunk);
  });
  return {
    take(chunk) {
      if (!decompress.destroyed) decompress.write(chunk);
      return chunk;
    },
    end: () => none,
    async metered() {
      if (!decompress.destroyed) decompress.end();
      await done;
      passage.end();
      return passage.metered();
    },
  };
}

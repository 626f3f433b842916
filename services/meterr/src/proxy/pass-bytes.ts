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
  return decompress === undefined ? passage : compressed(answer, passage, decompress);
}

export function isEventStream({ headers }: UpstreamAnswer): boolean {
  return /^text\/event-stream\b/i.test(String(headers['content-type'] ?? ''));
}

function ofBody(meter: AnswerMeter<Buffer>): Passage {
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
  const pass = (events: readonly string[]): string => {
    for (const event of events) meter.take(event);
    return isOurs === undefined ? '' : withoutUsageEvents(events, isOurs);
  };
  return {
    take(chunk) {
      const bytes = chunk.toString('latin1');
      const passed = pass(splitter.take(bytes));
      return isOurs === undefined || passed === bytes ? chunk : Buffer.from(passed, 'latin1');
    },
    end: () => Buffer.from(pass([splitter.end()]), 'latin1'),
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
function compressed(answer: UpstreamAnswer, passage: Passage, decompress: Transform): Passage {
  let unpacked = 0;
  const done = new Promise<void>((resolve) => {
    decompress.once('close', resolve);
    for (const event of ['drain', 'close']) decompress.on(event, () => answer.letGo(decompress));
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
      // Bytes that come faster than they are unpacked would gather.
      if (!decompress.destroyed && !decompress.write(chunk)) answer.hold(decompress);
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

import type { Dialect, Reading } from './dialects/dialect.ts';
import { eventValue, jsonValue } from './split-events.ts';
import { tellsUsage } from './tells-usage.ts';

/** Of an answer that does not tell its usage so much is kept to estimate it. */
const keptBytesMax = 1024 * 1024;
/** A larger body is passed on and not read. */
export const jsonBytesMax = 16 * 1024 * 1024;

export interface MeteredAnswer extends Reading {
  /** What the model said, as far as it was kept. */
  outputText(): string;
}

/** Looks at the bytes of an answer that pass by, and changes nothing. */
export interface AnswerMeter<Piece> {
  /** A whole event of a stream, its bytes as latin1, or any piece of a body. */
  take(piece: Piece): void;
  /** After the last byte, be it that the answer ended or broke off. */
  end(): MeteredAnswer;
}

const nothing: Reading = { usage: undefined, model: undefined, hasFailed: false };

/** What an answer comes to of which nothing has been seen. */
export const noAnswer: MeteredAnswer = { ...nothing, outputText: () => '' };

/** Of a stream of events. */
export function eventMeter(dialect: Dialect): AnswerMeter<string> {
  let reading = nothing;
  let kept: string[] = [];
  let keptBytes = 0;
  return {
    take(event) {
      // Most events only say more words: parsed are those that may tell more, and the first, which names the model.
      if (reading.model === undefined || tellsUsage(event) || event.includes('"error"')) {
        const value = eventValue(event);
        if (value !== undefined) reading = dialect.read(reading, value);
      }
      if (keptBytes + event.length > keptBytesMax) return;
      kept.push(event);
      keptBytes += event.length;
    },
    end() {
      const events = kept;
      kept = [];
      return {
        ...reading,
        outputText: () => events.map((event) => dialect.outputText(eventValue(event))).join(''),
      };
    },
  };
}

/** Of one JSON text. */
export function bodyMeter(dialect: Dialect): AnswerMeter<Buffer> {
  let kept: Buffer[] = [];
  let bytes = 0;
  return {
    take(chunk) {
      bytes += chunk.byteLength;
      if (bytes <= jsonBytesMax) kept.push(chunk);
      else kept = [];
    },
    end() {
      const text = (kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept)).toString('utf8');
      kept = [];
      const value = text === '' ? undefined : jsonValue(text);
      if (value === undefined) return noAnswer;
      return {
        ...dialect.read(nothing, value),
        outputText: () => dialect.outputText(value).slice(0, keptBytesMax),
      };
    },
  };
}

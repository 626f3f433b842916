import { createParser } from 'eventsource-parser';
import type { Dialect, Reading } from './dialects/dialect.ts';

/** Of an answer that does not tell its usage so much is kept to estimate it. */
const keptCharactersMax = 1024 * 1024;

export interface MeteredAnswer extends Reading {
  /** What the model said, as far as it was kept; empty where the usage is known. */
  readonly text: string;
  /** Of the answer, read or not. */
  readonly bytes: number;
}

/** Looks at the bytes of an answer that pass by, and changes nothing. */
export interface AnswerMeter {
  take(chunk: Uint8Array): void;
  /** After the last byte, be it that the answer ended or broke off. */
  end(): MeteredAnswer;
}

const nothing: Reading = { usage: undefined, model: undefined };

/** Of a stream of events (WHATWG server-sent events). */
export function eventMeter(dialect: Dialect): AnswerMeter {
  const decoder = new TextDecoder();
  let reading = nothing;
  let kept: string[] = [];
  let keptCharacters = 0;
  let bytes = 0;
  const parser = createParser({
    onEvent({ data }) {
      // Most events only say more words: parsed are those that may tell of the usage, and the first, which names the model.
      if (reading.model === undefined || /usage/i.test(data)) {
        const value = parsed(data);
        if (value !== undefined) reading = dialect.read(reading, value);
      }
      if (keptCharacters + data.length > keptCharactersMax) return;
      kept.push(data);
      keptCharacters += data.length;
    },
  });
  return {
    take(chunk) {
      bytes += chunk.byteLength;
      parser.feed(decoder.decode(chunk, { stream: true }));
    },
    end() {
      parser.reset({ consume: true });
      const text =
        reading.usage === undefined ? kept.map((data) => dialect.outputText(parsed(data))).join('') : '';
      kept = [];
      return { ...reading, text, bytes };
    },
  };
}

/** Of one JSON text. */
export function bodyMeter(dialect: Dialect): AnswerMeter {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  return {
    take(chunk) {
      bytes += chunk.byteLength;
      if (bytes <= jsonBytesMax) text += decoder.decode(chunk, { stream: true });
    },
    end() {
      const value = bytes <= jsonBytesMax ? parsed(text) : undefined;
      const reading = value === undefined ? nothing : dialect.read(nothing, value);
      const said = reading.usage === undefined && value !== undefined ? dialect.outputText(value) : '';
      text = '';
      return { ...reading, text: said.slice(0, keptCharactersMax), bytes };
    },
  };
}

/** A larger body is passed on and not read. */
export const jsonBytesMax = 16 * 1024 * 1024;

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // `[DONE]`, or what broke off.
    return undefined;
  }
}

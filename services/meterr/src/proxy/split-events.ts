/** An event that is longer is handed out in pieces, as it comes. */
export const eventBytesMax = 1024 * 1024;

const lineFeed = 10;
const carriageReturn = 13;
const none = Buffer.alloc(0);

/** Cuts a stream of server-sent events (WHATWG) at their ends, whatever the pieces that its bytes come in. */
export class EventSplitter {
  #held: Buffer = none;

  /** The events that are whole now, each with the blank line behind it. */
  take(chunk: Uint8Array): Buffer[] {
    const bytes = this.#held.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#held, chunk]);
    const events: Buffer[] = [];
    // Nearly every stream ends its lines with a line feed alone, which Node searches for natively.
    const endOf = bytes.includes(carriageReturn) ? endOfEvent : endByLineFeeds;
    let from = 0;
    while (from < bytes.length) {
      const end = endOf(bytes, from);
      if (end === 0) break;
      events.push(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end));
      from = end;
    }
    this.#held = from === bytes.length ? none : bytes.subarray(from);
    if (this.#held.length > eventBytesMax) events.push(this.end());
    return events;
  }

  /** What is left when the stream ends, be it in the middle of an event. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = none;
    return rest;
  }
}

/** The value of an event's data lines; undefined when it is no JSON (`[DONE]`). */
export function eventValue(event: Buffer): unknown {
  const lines = event.toString('utf8').split(/\r\n|\n|\r/);
  const data = lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5)] : [])).join('\n');
  return jsonValue(data);
}

export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What broke off, or never was JSON.
    return undefined;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function endByLineFeeds(bytes: Buffer, from: number): number {
  const at = bytes.indexOf('\n\n', from, 'latin1');
  return at < 0 ? 0 : at + 2;
}

/** Behind the blank line that ends the event which begins at `from`; 0: it has not come yet. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (!isLineEnd(bytes[at])) continue;
    const next = afterLineEnd(bytes, at);
    // A carriage return at the end may be the first half of a line end.
    if (next >= bytes.length) return 0;
    if (!isLineEnd(bytes[next])) {
      at = next - 1;
      continue;
    }
    const end = afterLineEnd(bytes, next);
    return end >= bytes.length && bytes[next] === carriageReturn ? 0 : end;
  }
  return 0;
}

const isLineEnd = (byte: number | undefined): boolean => byte === lineFeed || byte === carriageReturn;

function afterLineEnd(bytes: Buffer, at: number): number {
  return at + (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed ? 2 : 1);
}

/** An event that is longer is handed out in pieces, as it comes. */
export const eventBytesMax = 1024 * 1024;

/**
 * Cuts a stream of server-sent events (WHATWG) at their ends, whatever the pieces that its bytes come in. Bytes are latin1
 * here, a character each: a string is searched without a way out of JavaScript and, unlike a buffer, costs nothing to keep.
 */
export class EventSplitter {
  #held = '';

  /** The events that are whole now, each with the blank line behind it. */
  take(piece: string): string[] {
    const bytes = this.#held + piece;
    const events: string[] = [];
    // Nearly every stream ends its lines with a line feed alone.
    const endOf = bytes.includes('\r') ? endOfEvent : endByLineFeeds;
    let from = 0;
    while (from < bytes.length) {
      const end = endOf(bytes, from);
      if (end === 0) break;
      events.push(bytes.slice(from, end));
      from = end;
    }
    this.#held = bytes.slice(from);
    if (this.#held.length > eventBytesMax) events.push(this.end());
    return events;
  }

  /** What is left when the stream ends, be it in the middle of an event. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }
}

/** The value of an event's data lines; undefined when it is no JSON (`[DONE]`). The event's bytes are latin1. */
export function eventValue(event: string): unknown {
  const lines = Buffer.from(event, 'latin1')
    .toString('utf8')
    .split(/\r\n|\n|\r/);
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

function endByLineFeeds(bytes: string, from: number): number {
  const at = bytes.indexOf('\n\n', from);
  return at < 0 ? 0 : at + 2;
}

/** Behind the blank line that ends the event which begins at `from`; 0: it has not come yet. */
function endOfEvent(bytes: string, from: number): number {
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
    return end >= bytes.length && bytes[next] === '\r' ? 0 : end;
  }
  return 0;
}

const isLineEnd = (byte: string | undefined): boolean => byte === '\n' || byte === '\r';

function afterLineEnd(bytes: string, at: number): number {
  return at + (bytes[at] === '\r' && bytes[at + 1] === '\n' ? 2 : 1);
}

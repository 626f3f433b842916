/** An event that is longer is passed on as it comes. */
const eventBytesMax = 1024 * 1024;

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Takes the events for which `isOurs` says yes out of a stream of server-sent events; all other bytes pass unchanged. Bytes
 * are held back no longer than until their event is whole.
 */
export class EventStripper {
  readonly #isOurs: (value: unknown) => boolean;
  #held: Buffer = Buffer.alloc(0);

  constructor(isOurs: (value: unknown) => boolean) {
    this.#isOurs = isOurs;
  }

  /** What may go on. */
  take(chunk: Uint8Array): Buffer {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    const passed: Buffer[] = [];
    let from = 0;
    for (let end = endOfEvent(this.#held, from); end > 0; end = endOfEvent(this.#held, from)) {
      const event = this.#held.subarray(from, end);
      if (!this.#mustGo(event)) passed.push(event);
      from = end;
    }
    this.#held = this.#held.subarray(from);
    if (this.#held.length > eventBytesMax) passed.push(this.end());
    return Buffer.concat(passed);
  }

  /** What is left when the stream ends, be it in the middle of an event. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    const isWhole = rest.length > 1 && rest.subarray(-2).every(isLineEnd);
    return isWhole && this.#mustGo(rest) ? this.#held : rest;
  }

  #mustGo(event: Buffer): boolean {
    if (!event.includes('"usage"')) return false;
    const data = event
      .toString('utf8')
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice(5)] : []))
      .join('\n');
    try {
      return this.#isOurs(JSON.parse(data));
    } catch {
      return false;
    }
  }
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

import { type IncomingMessage, ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';

/** By name, or names and values in turn. */
type AnswerHeaders = Readonly<Record<string, unknown>> | unknown[] | undefined;

interface LastSent {
  value: string;
  /** Once the value has come twice in a row. */
  line: string | undefined;
}

const namesMax = 100;
const valueCharactersMax = 1_000;
/** What Node itself reads, to tell how the body is sent, and what is nobody's to keep. */
const neverKept = new Set([
  ...['connection', 'content-disposition', 'content-length', 'date', 'expect', 'keep-alive', 'set-cookie'],
  ...['trailer', 'transfer-encoding', 'upgrade'],
]);

const lastSent = new Map<string, LastSent>();

/**
 * Answers that write a header as they did before when its value is the same again: Node checks every name and value of
 * every answer for characters that have no place in them, and most of ours never change (H1, C1).
 * Should Node not ask for its header lines here any more, it writes all of them by itself again.
 */
export class KnownHeadersResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  _storeHeader(firstLine: string, headers: AnswerHeaders): void {
    let lines = firstLine;
    let others = headers;
    // Those that were set one by one are checked already.
    if (headers !== undefined && !Array.isArray(headers) && this.getHeaderNames().length === 0) {
      others = [];
      for (const name of Object.keys(headers)) {
        const value = headers[name];
        const line = knownLine(name, value);
        if (line === undefined) others.push(name, value);
        else lines += line;
      }
    }
    (ServerResponse.prototype as unknown as KnownHeadersResponse)._storeHeader.call(this, lines, others);
  }
}

function knownLine(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > valueCharactersMax) return undefined;
  const last = lastSent.get(name);
  if (last === undefined) {
    const isKept = lastSent.size < namesMax && !neverKept.has(name.toLowerCase());
    if (isKept) lastSent.set(name, { value, line: undefined });
    return undefined;
  }
  if (last.value === value) {
    last.line ??= checkedLine(name, value);
    return last.line;
  }
  last.value = value;
  last.line = undefined;
  return undefined;
}

function checkedLine(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}

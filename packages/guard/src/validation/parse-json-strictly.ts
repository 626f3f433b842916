import { doubleHolds } from './parse-json-number.ts';

/** The first thing wrong with a JSON text. `kind` tells what is no JSON (`syntax`) from what is too much of it (`limit`). */
export interface JsonDefect {
  readonly kind: 'syntax' | 'limit';
  /** JSON Pointer (RFC 6901) to the value, or to the one that contains what is wrong. */
  readonly pointer: string;
  readonly message: string;
}

/** Where the reader stands. */
interface Reader {
  readonly text: string;
  readonly depthMax: number;
  readonly path: (string | number)[];
  at: number;
}

/** What was read: a value, or what is wrong. */
type Read = { readonly value: unknown } | JsonDefect;

/**
 * Reads a JSON text strictly (RFC 8259, and RFC 7493 for what JSON leaves open): its value, or what is wrong first.
 * Recursion is bounded by `depthMax`.
 */
export function parseJsonStrictly(text: string, depthMax: number): Read {
  const reader: Reader = { text, depthMax, path: [], at: 0 };
  skipSpace(reader);
  const read = readValue(reader, 1);
  if (isDefect(read)) return read;
  skipSpace(reader);
  return reader.at < text.length ? syntax(reader, 'Text after the end of the JSON value') : read;
}

/** Narrows what was read. */
export function isDefect(read: Read): read is JsonDefect {
  return 'kind' in read;
}

function readValue(reader: Reader, depth: number): Read {
  switch (reader.text[reader.at]) {
    case '{':
      return depth > reader.depthMax ? tooDeep(reader) : readObject(reader, depth);
    case '[':
      return depth > reader.depthMax ? tooDeep(reader) : readArray(reader, depth);
    case '"': {
      const string = readString(reader);
      return typeof string === 'string' ? { value: string } : string;
    }
    case undefined:
      return syntax(reader, 'Unexpected end of the text');
    default:
      return readLiteral(reader);
  }
}

function readObject(reader: Reader, depth: number): Read {
  const members = new Map<string, unknown>();
  reader.at++;
  skipSpace(reader);
  if (take(reader, '}')) return { value: {} };
  for (;;) {
    if (reader.text[reader.at] !== '"') return syntax(reader, 'Expected a key in double quotes');
    const key = readString(reader);
    if (typeof key !== 'string') return key;
    reader.path.push(key);
    if (members.has(key)) return syntax(reader, 'Duplicate key');
    skipSpace(reader);
    if (!take(reader, ':')) return syntax(reader, 'Expected ":" after a key');
    skipSpace(reader);
    const read = readValue(reader, depth + 1);
    if (isDefect(read)) return read;
    members.set(key, read.value);
    reader.path.pop();
    skipSpace(reader);
    // fromEntries defines members, also one named __proto__, where an assignment would change the prototype.
    if (take(reader, '}')) return { value: Object.fromEntries(members) };
    if (!take(reader, ',')) return syntax(reader, 'Expected "," or "}"');
    skipSpace(reader);
  }
}

function readArray(reader: Reader, depth: number): Read {
  const items: unknown[] = [];
  reader.at++;
  skipSpace(reader);
  if (take(reader, ']')) return { value: items };
  for (;;) {
    reader.path.push(items.length);
    const read = readValue(reader, depth + 1);
    if (isDefect(read)) return read;
    items.push(read.value);
    reader.path.pop();
    skipSpace(reader);
    if (take(reader, ']')) return { value: items };
    if (!take(reader, ',')) return syntax(reader, 'Expected "," or "]"');
    skipSpace(reader);
  }
}

/** Reads the string that begins here; its value, or what is wrong with it. */
function readString(reader: Reader): string | JsonDefect {
  const { text } = reader;
  const start = reader.at;
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) break;
    if (code === 0x5c) at++;
    else if (code < 0x20) {
      reader.at = at;
      return syntax(reader, 'Control character in a string');
    }
  }
  if (at >= text.length) return syntax(reader, 'Unterminated string');
  const value = unquote(text.slice(start, at + 1));
  if (value === undefined) return syntax(reader, 'Bad escape in a string');
  if (value.includes('\0')) return syntax(reader, 'NUL in a string');
  if (!value.isWellFormed()) return syntax(reader, 'Lone surrogate in a string');
  reader.at = at + 1;
  return value;
}

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

const literal = /true|false|null|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const words = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function readLiteral(reader: Reader): Read {
  literal.lastIndex = reader.at;
  const match = literal.exec(reader.text);
  if (!match) return syntax(reader, 'Unexpected character');
  reader.at = literal.lastIndex;
  const [text, number] = match;
  if (number === undefined) return { value: words.get(text) };
  if (doubleHolds(number)) return { value: Number(number) };
  return {
    kind: 'limit',
    pointer: pointerTo(reader.path),
    message: 'A number beyond what a double holds exactly; send it as a string',
  };
}

function skipSpace(reader: Reader): void {
  const { text } = reader;
  for (; ; reader.at++) {
    const code = text.charCodeAt(reader.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
  }
}

function take(reader: Reader, character: string): boolean {
  if (reader.text[reader.at] !== character) return false;
  reader.at++;
  return true;
}

function tooDeep(reader: Reader): JsonDefect {
  return {
    kind: 'limit',
    pointer: pointerTo(reader.path),
    message: `Nested deeper than ${reader.depthMax} levels`,
  };
}

function syntax(reader: Reader, message: string): JsonDefect {
  return { kind: 'syntax', pointer: pointerTo(reader.path), message: `${message} (character ${reader.at})` };
}

// A key of a megabyte must not come back in the answer.
const pointerPartLength = 100;

function pointerTo(path: readonly (string | number)[]): string {
  return path
    .map((part) => String(part).slice(0, pointerPartLength).replaceAll('~', '~0').replaceAll('/', '~1'))
    .map((part) => `/${part}`)
    .join('');
}

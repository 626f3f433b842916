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

type Found = JsonDefect | undefined;

/**
 * Reads a JSON text strictly (RFC 8259, and RFC 7493 for what JSON leaves open) and says what is wrong first,
 * or undefined when nothing is. Recursion is bounded by `depthMax`.
 */
export function findJsonDefect(text: string, depthMax: number): Found {
  const reader: Reader = { text, depthMax, path: [], at: 0 };
  skipSpace(reader);
  const found = readValue(reader, 1);
  if (found) return found;
  skipSpace(reader);
  return reader.at < text.length ? syntax(reader, 'Text after the end of the JSON value') : undefined;
}

function readValue(reader: Reader, depth: number): Found {
  switch (reader.text[reader.at]) {
    case '{':
      return depth > reader.depthMax ? tooDeep(reader) : readObject(reader, depth);
    case '[':
      return depth > reader.depthMax ? tooDeep(reader) : readArray(reader, depth);
    case '"': {
      const string = readString(reader);
      return typeof string === 'string' ? undefined : string;
    }
    case undefined:
      return syntax(reader, 'Unexpected end of the text');
    default:
      return readLiteral(reader);
  }
}

function readObject(reader: Reader, depth: number): Found {
  const keys = new Set<string>();
  reader.at++;
  skipSpace(reader);
  if (take(reader, '}')) return undefined;
  for (;;) {
    if (reader.text[reader.at] !== '"') return syntax(reader, 'Expected a key in double quotes');
    const key = readString(reader);
    if (typeof key !== 'string') return key;
    reader.path.push(key);
    if (keys.has(key)) return syntax(reader, 'Duplicate key');
    keys.add(key);
    skipSpace(reader);
    if (!take(reader, ':')) return syntax(reader, 'Expected ":" after a key');
    skipSpace(reader);
    const found = readValue(reader, depth + 1);
    if (found) return found;
    reader.path.pop();
    skipSpace(reader);
    if (take(reader, '}')) return undefined;
    if (!take(reader, ',')) return syntax(reader, 'Expected "," or "}"');
    skipSpace(reader);
  }
}

function readArray(reader: Reader, depth: number): Found {
  reader.at++;
  skipSpace(reader);
  if (take(reader, ']')) return undefined;
  for (let index = 0; ; index++) {
    reader.path.push(index);
    const found = readValue(reader, depth + 1);
    if (found) return found;
    reader.path.pop();
    skipSpace(reader);
    if (take(reader, ']')) return undefined;
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

const literal = /(?:true|false|null|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?))/y;

function readLiteral(reader: Reader): Found {
  literal.lastIndex = reader.at;
  const match = literal.exec(reader.text);
  if (!match) return syntax(reader, 'Unexpected character');
  reader.at = literal.lastIndex;
  if (match[1] === undefined || doubleHolds(match[1])) return undefined;
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

function pointerTo(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** So many characters of a set, one after another. */
export interface PatternPart {
  readonly chars: ReadonlySet<string>;
  readonly min: number;
  readonly max: number;
}

export interface ParseError {
  readonly error: string;
}

export function isParseError(value: object): value is ParseError {
  return 'error' in value;
}

const sourceLengthMax = 300;
/** What a credential may hold: visible ASCII. A comma separates repeated headers and is in no key (K14). */
const visible = /^[!-~]$/;
const special = new Set('.*+?()|{}[]^$\\');

/** The parts of a pattern, or what in it is not allowed and where. `^` and `$` around the whole are taken and mean nothing. */
export function parsePattern(source: string): PatternPart[] | ParseError {
  if (source.length > sourceLengthMax) return { error: `it is longer than ${sourceLengthMax} characters` };
  const parts: PatternPart[] = [];
  let at = source.startsWith('^') ? 1 : 0;
  while (at < source.length) {
    if (source[at] === '$' && at === source.length - 1) break;
    const set = source[at] === '[' ? readClass(source, at) : readLiteral(source, at);
    if (isParseError(set)) return set;
    const count = readCount(source, set.end);
    if (isParseError(count)) return count;
    parts.push({ chars: set.chars, min: count.min, max: count.max });
    at = count.end;
  }
  return parts.length === 0 ? { error: 'it is empty' } : parts;
}

interface ReadSet {
  readonly chars: ReadonlySet<string>;
  readonly end: number;
}

function readLiteral(source: string, at: number): ReadSet | ParseError {
  const char = source[at] as string;
  if (char === '\\') {
    const next = source[at + 1] ?? '';
    if (/^[A-Za-z0-9]?$/.test(next)) return wrong(at, `\\${next} is not known; write a class such as [0-9]`);
    return setOf(next, at + 1, at + 2);
  }
  if (special.has(char)) return wrong(at, `${char} is not allowed; write \\${char} for the character itself`);
  return setOf(char, at, at + 1);
}

function setOf(char: string, at: number, end: number): ReadSet | ParseError {
  return inKeys(char) ? { chars: new Set([char]), end } : wrong(at, 'keys are visible ASCII without commas');
}

function inKeys(char: string): boolean {
  return visible.test(char) && char !== ',';
}

function readClass(source: string, start: number): ReadSet | ParseError {
  const chars = new Set<string>();
  let at = start + 1;
  if (source[at] === '^') return wrong(at, 'a class may not be negated; list what is allowed');
  while (at < source.length && source[at] !== ']') {
    const first = readMember(source, at);
    if (isParseError(first)) return first;
    at = first.end;
    let last = first;
    if (source[at] === '-' && source[at + 1] !== ']') {
      const end = readMember(source, at + 1);
      if (isParseError(end)) return end;
      if (end.code < first.code) return wrong(at, 'the range runs backwards');
      last = end;
      at = end.end;
    }
    for (let code = first.code; code <= last.code; code += 1) {
      const char = String.fromCharCode(code);
      if (!inKeys(char)) return wrong(at, 'keys are visible ASCII without commas');
      chars.add(char);
    }
  }
  if (source[at] !== ']') return wrong(start, 'the class is not closed');
  return chars.size === 0 ? wrong(start, 'the class is empty') : { chars, end: at + 1 };
}

function readMember(source: string, at: number): { code: number; end: number } | ParseError {
  const isEscaped = source[at] === '\\';
  const char = source[isEscaped ? at + 1 : at] ?? '';
  if (char === '' || (isEscaped && /[A-Za-z0-9]/.test(char)))
    return wrong(at, 'only punctuation may follow a backslash');
  if (!isEscaped && char === '[') return wrong(at, 'write \\[ for the character itself');
  return { code: char.charCodeAt(0), end: at + (isEscaped ? 2 : 1) };
}

function readCount(source: string, at: number): { min: number; max: number; end: number } | ParseError {
  if (source[at] !== '{') return { min: 1, max: 1, end: at };
  const match = /^\{(\d{1,3})(?:,(\d{1,3}))?\}/.exec(source.slice(at, at + 10));
  if (match === null) return wrong(at, 'a count is {n} or {n,m}, never open');
  const min = Number(match[1]);
  const max = match[2] === undefined ? min : Number(match[2]);
  if (max < min || max === 0)
    return wrong(at, 'a count runs from a number to one at least as large, above 0');
  return { min, max, end: at + match[0].length };
}

function wrong(at: number, what: string): ParseError {
  return { error: `at character ${at + 1}: ${what}` };
}

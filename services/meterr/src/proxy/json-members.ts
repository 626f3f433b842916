/** Where the value of a member stands in a JSON text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The value of the last member `name` of the object that begins at `from`; undefined when there is none. The text must be
 * valid JSON. It is searched, not parsed and written again: what a caller sent stays as it was, digits beyond a double
 * included.
 */
export function memberSpan(text: string, name: string, from = 0): Span | undefined {
  let at = skipSpace(text, from);
  if (text[at] !== '{') return undefined;
  let found: Span | undefined;
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (key === name) found = { start, end };
    at = skipSpace(text, end);
    if (text[at] !== ',') break;
    at = skipSpace(text, at + 1);
  }
  return found;
}

/** The text with a member `"name":value` at the beginning of the object that begins at `from`. */
export function withMember(text: string, name: string, value: string, from = 0): string {
  const open = skipSpace(text, from) + 1;
  const isEmpty = text[skipSpace(text, open)] === '}';
  return `${text.slice(0, open)}${JSON.stringify(name)}:${value}${isEmpty ? '' : ','}${text.slice(open)}`;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return at;
}

/** `at` is the opening quote; the result is behind the closing one. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  for (;;) {
    const quote = text.indexOf('"', end);
    if (quote < 0) return text.length;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    end = quote + 1;
    if (backslashes % 2 === 0) return end;
  }
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') return endOfWord(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** Of a number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let end = start;
  while (end < text.length && !',]} \n\r\t'.includes(text[end] as string)) end += 1;
  return end;
}

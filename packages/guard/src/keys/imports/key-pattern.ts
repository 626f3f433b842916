import { isParseError, parsePattern } from './parse-pattern.ts';

/** What the keys of an import look like (K13). */
export interface KeyPattern {
  readonly source: string;
  /** Characters, which are bytes: only printable ASCII can be declared. */
  readonly lengthMin: number;
  readonly lengthMax: number;
  matches(text: string): boolean;
  /** Whether a text of the pattern may begin so. */
  allowsPrefix(prefix: string): boolean;
  /** Bits that nobody knows who knows the first characters, when the key is as short as it may be. */
  secretBits(prefixLength: number): number;
  /** Whether some text may match both. May say yes when there is none. */
  mayOverlap(other: KeyPattern): boolean;
  /** The characters allowed at each place before the first of variable length. */
  readonly fixedHead: readonly ReadonlySet<string>[];
}

/** Any text that is refused as a pattern, and why. */
export interface PatternDefect {
  readonly defect: string;
}

const lengthMax = 200;

/**
 * Reads a pattern: literal characters, classes such as `[A-Za-z0-9_]`, `{n}` and at most one `{n,m}`; always of the
 * whole key. Nothing in it can make matching slow.
 */
export function keyPattern(source: string): KeyPattern | PatternDefect {
  const parts = parsePattern(source);
  if (isParseError(parts)) return { defect: parts.error };
  const variable = parts.filter(({ min, max }) => min !== max);
  if (variable.length > 1) return { defect: 'only one part may have a variable length' };
  const longest = parts.reduce((sum, { max }) => sum + max, 0);
  if (longest > lengthMax)
    return { defect: `it allows ${longest} characters; keys have at most ${lengthMax}` };

  const shortest = parts.flatMap(({ chars, min }) => Array.from({ length: min }, () => chars));
  const variableAt = parts.findIndex(({ min, max }) => min !== max);
  const head = parts.slice(0, variableAt === -1 ? undefined : variableAt + 1);
  const fixedHead = head.flatMap(({ chars, min }) => Array.from({ length: min }, () => chars));
  const places = parts.flatMap(({ chars, min, max }) =>
    Array.from({ length: max }, (_, at) => ({ chars, isOptional: at >= min })),
  );
  const expression = new RegExp(
    `^${parts.map(({ chars, min, max }) => `[${[...chars].map(escaped).join('')}]{${min},${max}}`).join('')}$`,
  );
  return {
    source,
    lengthMin: shortest.length,
    lengthMax: longest,
    fixedHead,
    matches: (text) => text.length <= longest && expression.test(text),
    allowsPrefix: (prefix) => prefix.length <= longest && beginsSo(places, prefix),
    secretBits: (prefixLength) =>
      shortest.slice(prefixLength).reduce((sum, chars) => sum + Math.log2(chars.size), 0),
    mayOverlap: (other) =>
      shortest.length <= other.lengthMax &&
      other.lengthMin <= longest &&
      fixedHead.every((chars, at) => shareOne(chars, other.fixedHead[at])),
  };
}

interface Place {
  readonly chars: ReadonlySet<string>;
  readonly isOptional: boolean;
}

/** All ways to leave optional places out are followed at once. */
function beginsSo(places: readonly Place[], prefix: string): boolean {
  let reached = withSkips(places, [0]);
  for (const char of prefix) {
    const next = [...reached].filter((at) => places[at]?.chars.has(char)).map((at) => at + 1);
    reached = withSkips(places, next);
  }
  return reached.size > 0;
}

function withSkips(places: readonly Place[], from: readonly number[]): ReadonlySet<number> {
  const reached = new Set(from);
  for (const at of reached) if (places[at]?.isOptional) reached.add(at + 1);
  return reached;
}

function shareOne(chars: ReadonlySet<string>, others: ReadonlySet<string> | undefined): boolean {
  return others === undefined || [...chars].some((char) => others.has(char));
}

function escaped(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** What the encodings' patterns ask of a character, one bit each, so that a set of kinds is a mask; 0 is the end. */
export const kinds = {
  end: 0,
  /** CR and LF. */
  newline: 1,
  /** White_Space without CR and LF: U+0085 belongs to it, U+FEFF does not, unlike JavaScript's `\s`. */
  space: 2,
  number: 4,
  /** Lu, Lt */
  upper: 8,
  /** Ll */
  lower: 16,
  /** Lm, Lo */
  caseless: 32,
  mark: 64,
  other: 128,
} as const;

const patterns: readonly (readonly [number, RegExp])[] = [
  [kinds.newline, /[\r\n]/u],
  [kinds.lower, /\p{Ll}/u],
  [kinds.upper, /[\p{Lu}\p{Lt}]/u],
  [kinds.caseless, /\p{L}/u],
  [kinds.mark, /\p{M}/u],
  [kinds.number, /\p{N}/u],
  [kinds.space, /\p{White_Space}/u],
];

const codePoints = 0x110000;
/** Filled as characters are met: asking the regular expressions about all of Unicode would take 200 ms. */
const kindOf = new Uint8Array(codePoints);

/**
 * The kind of each byte's character, for well-formed UTF-8 in the first `length` bytes; the byte after them is `end`.
 */
export function characterKinds(bytes: Uint8Array, length: number): Uint8Array {
  const found = new Uint8Array(length + 1);
  let at = 0;
  while (at < length) {
    const lead = bytes[at] as number;
    const next = at + (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
    let codePoint = lead < 0x80 ? lead : lead & (0xff >> (next - at + 1));
    for (let i = at + 1; i < next; i++) codePoint = (codePoint << 6) | ((bytes[i] as number) & 0x3f);
    const kind = (kindOf[codePoint] as number) || learn(codePoint);
    while (at < next) found[at++] = kind;
  }
  return found;
}

function learn(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  const kind = patterns.find(([, pattern]) => pattern.test(character))?.[0] ?? kinds.other;
  kindOf[codePoint] = kind;
  return kind;
}

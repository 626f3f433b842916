import { randomBytes, randomInt } from 'node:crypto';

/** The ways in which a flood invents keys (P9). */
export const inventions = ['wrong checksum', 'appended', 'other case', 'garbage', 'no form'] as const;

export type Invention = (typeof inventions)[number];

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
// What a header can carry as a value without being split or trimmed; NUL it cannot (see nul-probe).
const garbage = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code))
  .filter((character) => /[!-+\--~\x80-\xff]/.test(character))
  .join('');

/** `count` texts that are no keys, all different; some kinds are made from real keys. Characters up to U+00FF. */
export function inventedKeys(kind: Invention, real: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, at) => makers[kind](real[at % real.length] ?? ''));
}

const makers: Readonly<Record<Invention, (real: string) => string>> = {
  'wrong checksum': () => `sk-shop_live_${drawn(alphabet, 32)}`,
  appended: (real) => real + drawn(alphabet, randomInt(6, 20)),
  'other case': otherCase,
  garbage: () => `${drawn(garbage, 30)}%00${drawn(garbage, 30)}`,
  'no form': () => `eyJ${drawn(alphabet, 40)}`,
};

/** Other case in about half of the letters behind the environment; never none. */
function otherCase(real: string): string {
  const start = real.lastIndexOf('_') + 1;
  const choice = randomBytes(real.length);
  const changed = [...real.slice(start)].map((character, at) =>
    (choice[at] ?? 0) % 2 === 0 ? character : swapped(character),
  );
  const text = real.slice(0, start) + changed.join('');
  return text === real ? otherCase(real) : text;
}

function swapped(character: string): string {
  const lower = character.toLowerCase();
  return character === lower ? character.toUpperCase() : lower;
}

/** Not without bias: nobody has to be kept from guessing these. */
function drawn(characters: string, count: number): string {
  let text = '';
  for (const byte of randomBytes(count)) text += characters[byte % characters.length];
  return text;
}

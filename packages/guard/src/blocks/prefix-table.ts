import type { AddressRange } from '../addresses/range.ts';

/**
 * What is kept by address range and found by address. A look-up costs one step for each prefix length in use (33 and 129
 * at most), however many ranges there are.
 */
export class PrefixTable<T> {
  readonly #families = { 4: new Map<number, Map<string, T>>(), 16: new Map<number, Map<string, T>>() };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set({ bytes, prefixBits }: AddressRange, value: T): void {
    const family = this.#family(bytes);
    let ranges = family.get(prefixBits);
    if (ranges === undefined) {
      ranges = new Map();
      family.set(prefixBits, ranges);
    }
    const name = prefixOf(bytes, prefixBits);
    if (!ranges.has(name)) this.#size += 1;
    ranges.set(name, value);
  }

  get({ bytes, prefixBits }: AddressRange): T | undefined {
    return this.#family(bytes).get(prefixBits)?.get(prefixOf(bytes, prefixBits));
  }

  delete({ bytes, prefixBits }: AddressRange): void {
    const family = this.#family(bytes);
    const ranges = family.get(prefixBits);
    if (ranges?.delete(prefixOf(bytes, prefixBits)) !== true) return;
    this.#size -= 1;
    if (ranges.size === 0) family.delete(prefixBits);
  }

  /** Everything whose range holds the address. */
  *holding(bytes: Uint8Array): Generator<T> {
    for (const [prefixBits, ranges] of this.#family(bytes)) {
      const value = ranges.get(prefixOf(bytes, prefixBits));
      if (value !== undefined) yield value;
    }
  }

  #family(bytes: Uint8Array): Map<number, Map<string, T>> {
    return this.#families[bytes.length as 4 | 16];
  }
}

/** The first bits of an address, the rest zero: one character for each byte. */
function prefixOf(bytes: Uint8Array, prefixBits: number): string {
  const whole = prefixBits >> 3;
  let name = '';
  for (let at = 0; at < whole; at++) name += String.fromCharCode(bytes[at] as number);
  const rest = prefixBits & 7;
  return rest === 0 ? name : name + String.fromCharCode((bytes[whole] as number) & (0xff00 >> rest) & 0xff);
}

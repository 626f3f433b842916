import { concat, sha256 } from './bytes.ts';

const nodePrefix = new Uint8Array([0x01]);

/** The root to which the path leads from a leaf (RFC 9162, 2.1.3.2); undefined when it is too short or too long. */
export async function rootByPath(
  leaf: Uint8Array,
  seq: number,
  size: number,
  path: readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  let [place, last, current] = [seq, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      current = await sha256(concat(nodePrefix, sibling, current));
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      current = await sha256(concat(nodePrefix, current, sibling));
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? current : undefined;
}

// Numbers of entries outgrow the 32 bits of the shift operators.
const half = (value: number): number => Math.floor(value / 2);

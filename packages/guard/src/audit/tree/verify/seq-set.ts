/** A set of leaf numbers, a bit each: a hundred million of them take 12 MB. */
export class SeqSet {
  #bits = new Uint8Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(seq: number): void {
    const [at, bit] = place(seq);
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    const before = this.#bits[at] as number;
    if ((before & bit) === 0) this.#size += 1;
    this.#bits[at] = before | bit;
  }

  /** Whether it was there. */
  delete(seq: number): boolean {
    const [at, bit] = place(seq);
    const before = this.#bits[at] ?? 0;
    if ((before & bit) === 0) return false;
    this.#bits[at] = before & ~bit;
    this.#size -= 1;
    return true;
  }

  /** The smallest of them, at most `max`. */
  first(max: number): number[] {
    const found: number[] = [];
    for (let at = 0; at < this.#bits.length && found.length < max; at += 1) {
      const byte = this.#bits[at] as number;
      for (let bit = 0; byte !== 0 && bit < 8; bit += 1)
        if ((byte & (1 << bit)) !== 0) found.push(at * 8 + bit);
    }
    return found.slice(0, max);
  }
}

function place(seq: number): [number, number] {
  return [Math.floor(seq / 8), 1 << (seq % 8)];
}

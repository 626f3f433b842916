/** Numbers that look random and are the same for the same seed. */
export interface Seeded {
  /** From 0 up to and without `below`. */
  next(below: number): number;
  bytes(length: number): Buffer;
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    next: (below) => draw() % below,
    bytes: (length) => Buffer.from(Array.from({ length }, () => draw() & 0xff)),
  };
}

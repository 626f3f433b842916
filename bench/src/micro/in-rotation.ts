import type { Operation } from './operation.ts';

interface Rotation {
  readonly name: string;
  readonly keys: readonly string[];
  /** How many are under way at any moment. */
  readonly inFlight: number;
  /** Rejects when the key is refused. */
  verify(key: string): Promise<void>;
}

/** Verifies the keys in turn, always the next one: as soon as one is answered, another is asked. */
export function inRotation({ name, keys, inFlight, verify }: Rotation): Operation {
  const times = inFlight * 8;
  let next = 0;
  const worker = async (end: number): Promise<void> => {
    while (next < end) {
      const key = keys[next % keys.length] as string;
      next += 1;
      await verify(key);
    }
  };
  return {
    name,
    times,
    async run() {
      const end = next + times;
      await Promise.all(Array.from({ length: inFlight }, () => worker(end)));
    },
  };
}

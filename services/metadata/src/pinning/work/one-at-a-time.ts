export type InTurn = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Runs work of one name after the other, work of different names beside each other. */
export function oneAtATime(): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}

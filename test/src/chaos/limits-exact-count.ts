import type { Seen } from './limits-exact-load.ts';
import type { KeyWindow } from './limits-exact-nodes.ts';

interface WindowCount {
  admitted: number;
  isRefused: boolean;
}

/** What the clients saw of one key: nothing that a server says of itself counts. */
export class KeyCount {
  readonly #windows: readonly KeyWindow[];
  /** By the limit and the reset that the answer tells. */
  readonly #counts = new Map<string, WindowCount>();
  /** Answers that are neither 200 nor 429, and connections that ended. */
  readonly unexpected = new Map<string, number>();
  admitted = 0;
  refused = 0;

  constructor(windows: readonly KeyWindow[]) {
    this.#windows = windows;
  }

  add({ status, limit, resetSeconds }: Seen): void {
    if (status !== 200 && status !== 429) {
      this.unexpected.set(`${status}`, this.lost(`${status}`) + 1);
      return;
    }
    const name = `${limit} until ${resetSeconds}`;
    const count = this.#counts.get(name) ?? { admitted: 0, isRefused: false };
    this.#counts.set(name, count);
    if (status === 200) {
      this.admitted += 1;
      count.admitted += 1;
    } else {
      this.refused += 1;
      count.isRefused = true;
    }
  }

  /** How many answers were of that kind. */
  lost(status = 'lost'): number {
    return this.unexpected.get(status) ?? 0;
  }

  /** Where more was admitted than a limit says, in words: whatever fails, nowhere. */
  excesses(): string[] {
    const wrong = [...this.#counts].flatMap(([name, { admitted }]) =>
      admitted > Number.parseInt(name, 10) ? [`${admitted} admitted of ${name}`] : [],
    );
    const longest = this.#windows.reduce((a, b) => (b.seconds > a.seconds ? b : a));
    if (longest.seconds >= 3_600 && this.admitted > longest.limit)
      wrong.push(`${this.admitted} admitted of ${longest.limit} in one window`);
    return wrong;
  }

  /**
   * What is wrong, in words. No window ever admits more than its limit. One that has refused has admitted exactly its limit;
   * `mayLose`: less what a node took with it and what was on its way when it died (L3).
   */
  problems(mayLose: boolean): string[] {
    const wrong = this.excesses();
    for (const [name, { admitted, isRefused }] of this.#counts) {
      const limit = Number.parseInt(name, 10);
      const lostMax = mayLose ? Math.max(1, limit / 100) + this.lost() : 0;
      // Of several windows an answer describes one, so that the others' counts are not complete.
      if (isRefused && this.#windows.length === 1 && admitted < limit - lostMax)
        wrong.push(`refused after ${admitted} of ${name}`);
    }
    for (const [status, count] of this.unexpected)
      if (!mayLose || status !== 'lost') wrong.push(`${count} × ${status}`);
    return wrong;
  }
}

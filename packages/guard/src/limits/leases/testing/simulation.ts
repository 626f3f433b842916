import type { Clock } from '../../../clock.ts';

interface Task {
  readonly dueMs: number;
  readonly order: number;
  run(): void;
}

/** Simulated time: what happens when is decided by the tasks that were put into it, and by nothing else. */
export class Simulation {
  /** A heap: whatever is due first stands at the head. */
  readonly #tasks: Task[] = [];
  #nowMs = 0;
  #order = 0;

  after(ms: number, run: () => void): void {
    this.at(this.#nowMs + ms, run);
  }

  /** At a moment of `elapsedMs`; of equals the one that was put in first. */
  at(dueMs: number, run: () => void): void {
    const task = { dueMs, order: this.#order++, run };
    let at = this.#tasks.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, this.#tasks[parent] as Task)) break;
      this.#tasks[at] = this.#tasks[parent] as Task;
      at = parent;
    }
    this.#tasks[at] = task;
  }

  sleep = (ms: number): Promise<void> => new Promise((resolve) => this.after(ms, resolve));

  /** A node's clock; its monotonic side begins where it likes. */
  clock(offsetMs: number): Clock {
    return { now: () => this.nowMs, monotonic: () => this.#nowMs + offsetMs };
  }

  /** Unix milliseconds. */
  get nowMs(): number {
    return 1_800_000_000_000 + Math.floor(this.#nowMs);
  }

  /** Since the beginning, with fractions. */
  get elapsedMs(): number {
    return this.#nowMs;
  }

  /** Runs until nothing is left to happen, or until so much time has passed. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      // Whatever follows from the last task without waiting comes first.
      await new Promise((resolve) => setImmediate(resolve));
      if ((this.#tasks[0]?.dueMs ?? untilMs) > untilMs) break;
      const next = this.#takeNext();
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    if (Number.isFinite(untilMs)) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #takeNext(): Task | undefined {
    const [first] = this.#tasks;
    const last = this.#tasks.pop();
    if (last === undefined || this.#tasks.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#tasks.length) break;
      const right = this.#tasks[left + 1];
      const child = right !== undefined && isBefore(right, this.#tasks[left] as Task) ? left + 1 : left;
      if (isBefore(last, this.#tasks[child] as Task)) break;
      this.#tasks[at] = this.#tasks[child] as Task;
      at = child;
    }
    this.#tasks[at] = last;
    return first;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

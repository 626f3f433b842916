import type { Clock } from '../../../clock.ts';

interface Task {
  readonly dueMs: number;
  readonly order: number;
  run(): void;
}

/** Simulated time: what happens when is decided by the tasks that were put into it, and by nothing else. */
export class Simulation {
  readonly #tasks: Task[] = [];
  #nowMs = 0;
  #order = 0;

  after(ms: number, run: () => void): void {
    this.#tasks.push({ dueMs: this.#nowMs + ms, order: this.#order++, run });
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

  /** Runs until nothing is left to happen. */
  async run(): Promise<void> {
    for (;;) {
      // Whatever follows from the last task without waiting comes first.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#takeNext();
      if (next === undefined) return;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
  }

  #takeNext(): Task | undefined {
    let at = 0;
    for (const [index, task] of this.#tasks.entries()) {
      const first = this.#tasks[at] as Task;
      if (task.dueMs < first.dueMs || (task.dueMs === first.dueMs && task.order < first.order)) at = index;
    }
    return this.#tasks.splice(at, 1)[0];
  }
}

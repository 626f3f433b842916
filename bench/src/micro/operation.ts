/** Something small that is measured by doing it many times. */
export interface Operation {
  readonly name: string;
  /** How many times one `run` does it. */
  readonly times: number;
  run(): void | Promise<void>;
}

/** What one operation took in one round, each time it was done. */
export interface OperationFigures {
  /** CPU of the thread, nanoseconds. */
  readonly cpuNs: number;
  /** Wall time, nanoseconds. */
  readonly wallNs: number;
}

/** Does the operations in turns, in each round every one of them for `roundMs`. Their rounds pair up. */
export async function measureOperations(
  operations: readonly Operation[],
  { rounds, roundMs }: { rounds: number; roundMs: number },
): Promise<Record<string, OperationFigures[]>> {
  const figures = Object.fromEntries(operations.map(({ name }): [string, OperationFigures[]] => [name, []]));
  // Round 0 is for the compilers.
  for (let round = 0; round <= rounds; round += 1) {
    for (const operation of operations) {
      const measured = await measure(operation, roundMs);
      if (round > 0) figures[operation.name]?.push(measured);
    }
  }
  return figures;
}

async function measure({ times, run }: Operation, roundMs: number): Promise<OperationFigures> {
  const cpuBefore = process.threadCpuUsage();
  const start = performance.now();
  let runs = 0;
  let tookMs = 0;
  while (tookMs < roundMs) {
    const running = run();
    if (running !== undefined) await running;
    runs += 1;
    tookMs = performance.now() - start;
  }
  const cpu = process.threadCpuUsage(cpuBefore);
  const count = runs * times;
  return { cpuNs: ((cpu.user + cpu.system) * 1e3) / count, wallNs: (tookMs * 1e6) / count };
}

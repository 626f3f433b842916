/** What the benchmark asks a server that it has started. `collect`: memory after a collection (--expose-gc). */
export type Question = 'cpu' | 'memory' | 'collect' | 'drain' | 'stop';

/** Microseconds of CPU since the process began, user and system. */
export interface CpuFigures {
  /** Of the thread that serves. */
  readonly thread: number;
  /** Of all threads. */
  readonly process: number;
}

/** Bytes. */
export interface MemoryFigures {
  readonly resident: number;
  /** What JavaScript holds, buffers included. */
  readonly held: number;
}

export type Answer =
  | { readonly url: string; readonly keys?: readonly string[] | undefined }
  | { readonly cpu: CpuFigures }
  | { readonly memory: MemoryFigures }
  | { readonly drained: true };

export interface Served {
  readonly url: string;
  /** Those that this server alone knows. */
  readonly keys?: readonly string[];
  /** Finishes what was left for later. */
  drain?(): Promise<void>;
  stop?(): Promise<void>;
}

/** Tells the parent process where we listen and answers its questions until it says `stop` or is gone. */
export function reportToParent({ url, keys, drain, stop }: Served): void {
  const send = (answer: Answer): void => void process.send?.(answer);
  const end = async (): Promise<void> => {
    await stop?.();
    process.exit();
  };
  process.on('message', (question: Question) => {
    if (question === 'cpu')
      send({ cpu: { thread: total(process.threadCpuUsage()), process: total(process.cpuUsage()) } });
    else if (question === 'memory') send({ memory: memory() });
    else if (question === 'collect') send({ memory: memoryCollected() });
    else if (question === 'drain') void Promise.resolve(drain?.()).then(() => send({ drained: true }));
    else void end();
  });
  process.once('disconnect', end);
  send({ url, keys });
}

function memory(): MemoryFigures {
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, held: heapUsed + external };
}

function memoryCollected(): MemoryFigures {
  globalThis.gc?.();
  return memory();
}

function total({ user, system }: { user: number; system: number }): number {
  return user + system;
}

/** What the benchmark asks a server that it has started. */
export type Question = 'cpu' | 'drain' | 'stop';

/** Microseconds of CPU since the process began, user and system. */
export interface CpuFigures {
  /** Of the thread that serves. */
  readonly thread: number;
  /** Of all threads. */
  readonly process: number;
}

export type Answer = { readonly url: string } | { readonly cpu: CpuFigures } | { readonly drained: true };

export interface Served {
  readonly url: string;
  /** Finishes what was left for later. */
  drain?(): Promise<void>;
  stop?(): Promise<void>;
}

/** Tells the parent process where we listen and answers its questions until it says `stop` or is gone. */
export function reportToParent({ url, drain, stop }: Served): void {
  const send = (answer: Answer): void => void process.send?.(answer);
  const end = async (): Promise<void> => {
    await stop?.();
    process.exit();
  };
  process.on('message', (question: Question) => {
    if (question === 'cpu')
      send({ cpu: { thread: total(process.threadCpuUsage()), process: total(process.cpuUsage()) } });
    else if (question === 'drain') void Promise.resolve(drain?.()).then(() => send({ drained: true }));
    else void end();
  });
  process.once('disconnect', end);
  send({ url });
}

function total({ user, system }: { user: number; system: number }): number {
  return user + system;
}

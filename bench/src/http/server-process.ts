import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '@keyward/guard';
import { onCore } from '../cores.ts';
import type { Answer, CpuFigures, MemoryFigures, Question } from './report-to-parent.ts';
import type { ServerSettings } from './settings.ts';

export interface ServerProcess {
  readonly url: string;
  /** Those that this server alone knows; undefined: it knows those of the database. */
  readonly keys: readonly string[] | undefined;
  cpu(): Promise<CpuFigures>;
  /** `collected`: after a collection, which makes what comes next slower for a while. */
  memory(state?: 'collected'): Promise<MemoryFigures>;
  /** Resolves when nothing is left for later. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The module that serves, seen from this folder, such as `./bare-hono`. */
  readonly module: string;
  readonly settings: ServerSettings;
  readonly nodeOptions: readonly string[];
  /** Default 0. */
  readonly core?: number;
}

/** Starts a server, alone on core 0 unless said otherwise, where processes can be pinned. Rejects when it ends before it listens. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { module, settings, nodeOptions, core = 0 } = options;
  const file = fileURLToPath(siblingModule(import.meta.url, module));
  const command = onCore(core, [process.execPath, ...nodeOptions, file]);
  const child = spawn(command.file, command.args, {
    env: { ...process.env, BENCH_SERVER: JSON.stringify(settings) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const first = await answerOf(child, module);
  if (!('url' in first)) throw new Error(`${module} did not say where it listens`);
  const ask = (question: Question): Promise<Answer> => {
    child.send(question);
    return answerOf(child, module);
  };
  return {
    url: first.url,
    keys: first.keys,
    async cpu() {
      const answer = await ask('cpu');
      if (!('cpu' in answer)) throw new Error(`${module} did not say what it has used`);
      return answer.cpu;
    },
    async memory(state) {
      const answer = await ask(state === 'collected' ? 'collect' : 'memory');
      if (!('memory' in answer)) throw new Error(`${module} did not say what it holds`);
      return answer.memory;
    },
    async drain() {
      await ask('drain');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.send('stop' satisfies Question);
      await exited;
    },
  };
}

async function answerOf(child: ChildProcess, module: string): Promise<Answer> {
  const ended = new AbortController();
  const end = (code: number | null): void => ended.abort(new Error(`${module} ended (${code})`));
  child.once('exit', end);
  try {
    const [answer] = await once(child, 'message', { signal: ended.signal });
    return answer as Answer;
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    child.off('exit', end);
  }
}

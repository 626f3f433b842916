import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Sees from inside how long the event loop of a product's process was kept busy at one go. */
export interface LoopWatch extends AsyncDisposable {
  /** For the process that is to be watched. */
  readonly environment: Readonly<Record<string, string>>;
  /** The longest since the last call, in milliseconds of CPU. */
  longestMs(): Promise<number>;
}

export async function watchLoop(): Promise<LoopWatch> {
  const folder = await mkdtemp(join(tmpdir(), 'loop-watch-'));
  const module = fileURLToPath(new URL('loop-watch.mjs', import.meta.url));
  return {
    environment: { NODE_OPTIONS: `--import ${module}`, LOOP_WATCH_FOLDER: folder },
    async longestMs() {
      const pids = (await readdir(folder)).filter((name) => /^\d+$/.test(name));
      const alive = pids.filter(signal);
      const files = alive.map((pid) => join(folder, `${pid}.ms`));
      const values = await Promise.all(files.map(readSoon));
      await Promise.all(files.map((file) => rm(file, { force: true })));
      return Math.max(...values);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function signal(pid: string): boolean {
  try {
    return process.kill(Number(pid), 'SIGUSR2');
  } catch {
    return false;
  }
}

async function readSoon(file: string): Promise<number> {
  for (let tries = 0; tries < 500; tries += 1) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text !== '') return Number(text);
    await delay(20);
  }
  throw new Error('the watched process did not answer');
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Strace } from './find-strace.ts';

const script = fileURLToPath(
  new URL('../../../../packages/guard/src/audit/testing/append-entries.ts', import.meta.url),
);
const turns = 24;

/** What happens to the nth call of a kind that the journal makes. */
export interface Fault {
  readonly call: string;
  readonly nth: number;
  readonly what: 'error=EIO' | 'error=ENOSPC' | 'signal=KILL';
  /** To it and to all that follow. */
  readonly lasts?: boolean;
}

export interface FaultReport {
  /** Ids of the entries that the process was told are in the journal. */
  readonly acknowledged: readonly string[];
  /** Whether there was such a call. */
  readonly wasInjected: boolean;
}

/** Lets a process append to the journal in `folder` and meets it with a fault. `work`: a folder for what is written about it. */
export async function injectFault(
  strace: Strace,
  folder: string,
  work: string,
  fault: Fault,
): Promise<FaultReport> {
  const acknowledged = join(work, 'acknowledged');
  const trace = join(work, 'trace');
  const output = openSync(acknowledged, 'w');
  const child = spawn(
    strace.path,
    [...optionsOf(folder, trace, fault), process.execPath, script, folder, `${turns}`],
    {
      stdio: ['ignore', output, 'ignore'],
      // One thread of the pool, or each would count its own calls.
      env: { ...process.env, ...strace.environment, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' },
    },
  );
  const [code, signal] = await once(child, 'close');
  closeSync(output);
  const traced = readFileSync(trace, 'utf8');
  return {
    acknowledged: readFileSync(acknowledged, 'latin1')
      .split('\n')
      .filter((id) => id.length === 36),
    wasInjected: traced.includes('(INJECTED)') || signal === 'SIGKILL' || code === 137,
  };
}

function optionsOf(folder: string, trace: string, { call, nth, what, lasts }: Fault): string[] {
  const inject = `inject=${call}:${what}:when=${nth}${lasts === true ? '+' : ''}`;
  const only = journalPaths(folder).flatMap((path) => ['-P', path]);
  // The filter in the kernel makes it fast, and swallows signals.
  const filter = what === 'signal=KILL' ? [] : ['--seccomp-bpf'];
  return ['-f', ...filter, '-q', '-o', trace, '-e', `trace=${call}`, '-e', inject, ...only, '--'];
}

/** Everything the journal of the process can touch: its modules are loaded by the same calls. */
function journalPaths(folder: string): string[] {
  const segments = Array.from(
    { length: 3 * turns },
    (_, index) => `${String(1_000 + index).padStart(20, '0')}.kwj`,
  );
  const names = ['lock', 'node-id', 'node-id.new', 'reserve', 'reserve.new', ...segments];
  return [folder, ...names.map((name) => join(folder, name))];
}

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { ScanError } from './scan-error.ts';

/** What git needs of our environment: where it is, and whose configuration says which folders are trusted. */
export interface GitEnvironment {
  readonly PATH?: string;
  readonly HOME?: string;
  readonly XDG_CONFIG_HOME?: string;
}

export interface Git {
  /** The standard output of a git command in pieces; throws `ScanError` when it fails. */
  pieces(...args: string[]): AsyncGenerator<Buffer>;
  /** The same as lines of text, without their ends. */
  lines(...args: string[]): AsyncGenerator<string>;
}

/**
 * What is read may be hostile, and its configuration with it. These commands read objects only; what a repository could
 * have them start is turned off: hooks, the file system monitor, commands for alternates, and the fetching of missing
 * objects by a command or a protocol of its choice. No shell, no terminal, no writing.
 */
const harmless = [
  '--no-pager',
  '--no-optional-locks',
  '--no-replace-objects',
  '--literal-pathspecs',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.alternateRefsCommand=',
  '-c',
  'protocol.allow=never',
  '-c',
  'safe.bareRepository=all',
];
const harmlessEnvironment = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  // An allow-list; it outranks the repository's configuration.
  GIT_ALLOW_PROTOCOL: 'none',
};

const complaintLengthMax = 2_000;

/** git in a folder. Nothing of our environment reaches it but `environment`. */
export function openGit(folder: string, environment: GitEnvironment): Git {
  const env = { ...environment, ...harmlessEnvironment };

  async function* pieces(...args: string[]): AsyncGenerator<Buffer> {
    const child = spawn('git', ['-C', folder, ...harmless, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = endOf(child, folder).then(
      () => undefined,
      (error: Error) => error,
    );
    try {
      for await (const piece of child.stdout) yield piece as Buffer;
      const error = await ended;
      if (error !== undefined) throw error;
    } finally {
      child.kill();
      await ended;
    }
  }

  async function* lines(...args: string[]): AsyncGenerator<string> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const piece of pieces(...args)) {
      const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = parts.pop() as string;
      yield* parts;
    }
    if (rest !== '') yield rest;
  }

  return { pieces, lines };
}

async function endOf(child: ChildProcessByStdio<null, Readable, Readable>, folder: string): Promise<void> {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < complaintLengthMax) complaint += text;
  });
  const [code, signal] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new ScanError(gitIsMissing);
    throw error;
  });
  if (code !== 0) throw new ScanError(explain(complaint, folder, String(code ?? signal)));
}

const gitIsMissing =
  'git was not found, and the history of a repository cannot be read without it. Install git, or scan the files alone with --no-history.';

function explain(complaint: string, folder: string, code: string): string {
  if (/dubious ownership|unsafe repository/.test(complaint)) {
    return `git does not read ${folder}: the repository belongs to somebody else. Run this as its owner, allow it with git config --global --add safe.directory ${folder}, or scan the files alone with --no-history.`;
  }
  const line = complaint.split('\n').find((text) => text.startsWith('fatal:') || text.startsWith('error:'));
  return `git could not read ${folder}: ${line ?? `it ended with ${code}`}`;
}

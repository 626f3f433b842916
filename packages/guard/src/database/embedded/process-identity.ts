import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** When the process was born, in whatever form the system tells it; undefined when there is no such process. */
export function processBornAt(pid: number): string | undefined {
  if (process.platform !== 'linux') return askPs(pid, 'lstart=');
  try {
    // proc_pid_stat(5): the name in parentheses may hold anything; starttime is the 20th field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether the process is the postmaster of the cluster in `dataFolder` (a real path), and not one that got its id later. */
export function isPostmasterOf(pid: number, dataFolder: string): boolean {
  if (process.platform !== 'linux') return askPs(pid, 'command=')?.includes(dataFolder) === true;
  try {
    // The postmaster changes into its data folder. A zombie has no working folder any more.
    return readlinkSync(`/proc/${pid}/cwd`) === dataFolder;
  } catch {
    return false;
  }
}

function askPs(pid: number, field: string): string | undefined {
  try {
    return (
      execFileSync('/bin/ps', ['-ww', '-o', field, '-p', String(pid)], {
        encoding: 'utf8',
        timeout: 5_000,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The processes of a running product that handle uploads: the node, and those that examine files for it. */
export interface ServingProcess {
  readonly pid: number;
  /** CPU seconds that the node and its examining processes have used up to now. */
  cpuSeconds(): number;
  /** Bytes that the node holds (resident). */
  residentBytes(): number;
  /** Forgets the highest value of the past. */
  resetPeak(): void;
  /** The most bytes that the node held since then. */
  peakBytes(): number;
}

const ticksPerSecond = 100;

/** Finds the node that runs on this data folder. Linux only: it reads /proc. */
export function servingProcess(dataFolder: string): ServingProcess {
  const pid = pids().find(
    (candidate) =>
      /keyward\.js\0start/.test(read(candidate, 'cmdline')) &&
      read(candidate, 'environ').includes(dataFolder) &&
      !pids().some(
        (child) => parentOf(child) === candidate && /keyward\.js\0start/.test(read(child, 'cmdline')),
      ),
  );
  if (pid === undefined) throw new Error('there is no node on this folder, or no /proc');
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(read(pid, 'status'))?.[1]) * 1024;
  return {
    pid,
    cpuSeconds: () =>
      [pid, ...pids().filter((child) => parentOf(child) === pid && isExaminer(child))]
        .map(cpuOf)
        .reduce((sum, seconds) => sum + seconds, 0),
    residentBytes: () => kilobytes('VmRSS'),
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    peakBytes: () => kilobytes('VmHWM'),
  };
}

const isExaminer = (pid: number): boolean => read(pid, 'cmdline').includes('examine-process');

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** After the command's name, which may itself hold spaces and brackets: state, parent; user and system time. */
function fieldsOf(pid: number): string[] {
  return read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
}

const parentOf = (pid: number): number => Number(fieldsOf(pid)[1]);

function cpuOf(pid: number): number {
  const fields = fieldsOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Empty for a process that has ended or is not ours to see. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

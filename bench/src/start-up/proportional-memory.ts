import { readdirSync, readFileSync } from 'node:fs';

/**
 * Bytes (PSS: shared pages counted by their share) of all processes that have `folder` in their command line or
 * environment, and of their children. Undefined where there is no /proc.
 */
export function proportionalMemory(folder: string): number | undefined {
  const all = processes();
  if (all === undefined) return undefined;
  const ours = new Set(all.filter(({ mentions }) => mentions(folder)).map(({ pid }) => pid));
  for (let known = -1; known < ours.size; ) {
    known = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  let bytes = 0;
  for (const pid of ours)
    bytes += Number(/^Pss:\s+(\d+) kB$/m.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0) * 1024;
  return bytes;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  mentions(text: string): boolean;
}

function processes(): Process[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({
      pid: Number(name),
      // After the command's name, which may itself hold spaces and brackets: state, parent.
      parent: Number(/\) \S (\d+) [^)]*$/.exec(read(Number(name), 'stat'))?.[1]),
      mentions: (text) =>
        read(Number(name), 'cmdline').includes(text) || read(Number(name), 'environ').includes(text),
    }));
}

/** Empty for a process that has ended or is not ours to see. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

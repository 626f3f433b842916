import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalInUseError } from './journal-errors.ts';

/**
 * Keeps a second process from writing to a journal: its first segment would make ours look finished to a reader.
 * Returns what gives the folder back; after kill -9 the next process takes it over. Throws JournalInUseError.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const mine = `${process.pid} ${startOf(process.pid)} ${randomUUID()}\n`;
  if (!create(path, mine)) {
    takeOver(folder, path);
    if (!create(path, mine)) throw new JournalInUseError(folder, ownerOf(path).processId);
  }
  return () => {
    if (ownerOf(path).text === mine) unlinkSync(path);
  };
}

function takeOver(folder: string, path: string): void {
  const owner = ownerOf(path);
  if (isAlive(owner)) throw new JournalInUseError(folder, owner.processId);
  // Another process may be taking over as well: only what was judged may go, anything else is put back.
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (ownerOf(aside).text !== owner.text) {
    linkSync(aside, path);
    unlinkSync(aside);
    throw new JournalInUseError(folder, ownerOf(path).processId);
  }
  unlinkSync(aside);
}

interface Owner {
  readonly text: string;
  readonly processId: number;
  readonly start: string;
}

function ownerOf(path: string): Owner {
  const text = readText(path) ?? '';
  const [processId = '', start = ''] = text.split(' ');
  return { text, processId: Number(processId), start };
}

// A process id is given out again, in a container nearly always: only together with its start does it name a process.
function isAlive(owner: Owner): boolean {
  if (!(owner.processId > 0) || owner.start !== startOf(owner.processId)) return false;
  try {
    process.kill(owner.processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Clock ticks from boot to the start of the process (proc(5), field 22) and the boot; `-` where there is no /proc. */
function startOf(processId: number): string {
  const stat = readText(`/proc/${processId}/stat`);
  const boot = readText('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || boot === undefined) return '-';
  return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot.trim()}`;
}

function create(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

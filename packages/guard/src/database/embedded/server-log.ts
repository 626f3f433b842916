import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RunAs } from './run-as.ts';

const logBytesMax = 1024 * 1024;
const tailBytes = 2_000;

export type LogName = 'postgres.log' | 'supervisor.log';

/** Opens a log of the place for appending, never through a link. One that has grown is set aside. `owner`: who must write it later. */
export function openLog(place: string, name: LogName, owner?: RunAs): number {
  const path = join(place, name);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(path, `${path}.1`);
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const log = openSync(path, flags, 0o600);
  if (owner !== undefined) fchownSync(log, owner.uid, owner.gid);
  return log;
}

/** The last lines of a log, or nothing. */
export function tailLog(place: string, name: LogName): string {
  try {
    const file = openSync(join(place, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const size = fstatSync(file).size;
      const bytes = Buffer.alloc(Math.min(size, tailBytes));
      readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8').trim().split('\n').slice(-12).join('\n');
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

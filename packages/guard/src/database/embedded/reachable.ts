import { readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunAs } from './run-as.ts';

/** Whether `user` may walk to and into `folder` (a real path): the x bit on it and on each folder above. */
export function canTraverse(folder: string, user: RunAs): boolean {
  if (!allows(statSync(folder), user, 0o1)) return false;
  const parent = dirname(folder);
  return parent === folder || canTraverse(parent, user);
}

/** Whether `user` may read all that lies in `folder` (a real path), including the way to it. */
export function canReadAll(folder: string, user: RunAs): boolean {
  return canTraverse(folder, user) && readableBelow(folder, user);
}

function readableBelow(folder: string, user: RunAs): boolean {
  return readdirSync(folder, { withFileTypes: true }).every((entry) => {
    if (entry.isSymbolicLink()) return true;
    const path = join(folder, entry.name);
    if (!allows(statSync(path), user, entry.isDirectory() ? 0o5 : 0o4)) return false;
    return !entry.isDirectory() || readableBelow(path, user);
  });
}

function allows(stats: Stats, user: RunAs, bits: number): boolean {
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0;
  return ((stats.mode >> shift) & bits) === bits;
}

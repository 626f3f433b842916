import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder for the files of one request; gone with all that is in it when disposed of. */
export interface Workspace extends AsyncDisposable {
  /** A path for a file of this name, which is ours and no client's. */
  path(name: string): string;
}

export async function openWorkspace(incoming: string, id: string): Promise<Workspace> {
  const folder = join(incoming, id);
  await mkdir(folder, { mode: 0o700 });
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Empties the folder of workspaces: what lies there at start is of requests that a crash cut off. */
export async function resetIncoming(incoming: string): Promise<void> {
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
}

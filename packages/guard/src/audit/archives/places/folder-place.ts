import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import type { ArchivePlace } from './archive-place.ts';

/** A local folder, made when it is missing, for our eyes only. `folder` is absolute. */
export function folderPlace(folder: string): ArchivePlace {
  /** Written beside and renamed when whole: whatever has the name is complete. */
  const put = async (name: string, source: Readable): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `.${name}.draft`);
    await unlink(draft).catch(() => {});
    await pipeline(source, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(draft, join(folder, name));
    await syncFolder(folder);
  };
  return {
    name: pathToFileURL(folder).href,
    putFile: (name, path) => put(name, createReadStream(path)),
    putText: (name, text) => put(name, Readable.from([Buffer.from(text)])),
    read: (name) => openToRead(join(folder, name)),
  };
}

async function openToRead(path: string): Promise<Readable | undefined> {
  try {
    const file = await open(path, 'r');
    return file.createReadStream({ highWaterMark: 1 << 18 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

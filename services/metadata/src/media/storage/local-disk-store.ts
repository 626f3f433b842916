import { access, mkdir, open, opendir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '@keyward/guard';
import type { MediaPlace } from '../media-place.ts';
import { readFileRange } from './file-range.ts';
import type { MediaStore } from './media-store.ts';

const environments: readonly Environment[] = ['live', 'test'];

/** The store that is the source of truth (N6). */
export interface LocalDiskStore extends MediaStore {
  /** The path of what lies at a place, whether something does or not. */
  fileOf(place: MediaPlace): string;
}

/** A store in a folder: `<owner>/<environment>/<first two digits>/<sha-256>`. Names come from hashes only. */
export function localDiskStore(folder: string): LocalDiskStore {
  return {
    fileOf: (place) => pathOf(folder, place),
    put: (place, file) => put(folder, pathOf(folder, place), file),
    async open(place, range) {
      const file = pathOf(folder, place);
      await access(file);
      return readFileRange(file, range);
    },
    delete: (place) => rm(pathOf(folder, place), { force: true }),
    async usage() {
      const disk = await statfs(folder);
      return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize };
    },
    list: () => list(folder),
  };
}

function pathOf(folder: string, { ownerKey, environment, sha256 }: MediaPlace): string {
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^[0-9a-f]{32}$/.test(ownerKey)) {
    throw new TypeError('not a place of a media store');
  }
  return join(folder, ownerKey, environment, sha256.slice(0, 2), sha256);
}

async function put(folder: string, target: string, file: string): Promise<void> {
  const made = await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await rename(file, target);
  // A name is durable once its folder is synced; so is each folder that was just made.
  const last = made === undefined ? dirname(target) : dirname(made);
  for (let at = dirname(target); at.length >= last.length && at.startsWith(folder); at = dirname(at)) {
    await syncFolder(at);
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

async function* list(folder: string): AsyncGenerator<MediaPlace> {
  for await (const ownerKey of namesIn(folder)) {
    for (const environment of environments) {
      for await (const digits of namesIn(join(folder, ownerKey, environment))) {
        for await (const sha256 of namesIn(join(folder, ownerKey, environment, digits))) {
          yield { ownerKey, environment, sha256 };
        }
      }
    }
  }
}

async function* namesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) {
      if (/^[0-9a-f]+$/.test(entry.name)) yield entry.name;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
}

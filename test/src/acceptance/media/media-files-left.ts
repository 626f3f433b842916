import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Files below the product's media folder, once those that are on their way out are gone. */
export async function mediaFilesLeft(dataFolder: string): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const found = await readdir(join(dataFolder, 'media'), { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    if (files.length === 0 || tries === 600) return files;
    await delay(50);
  }
}

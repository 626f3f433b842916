import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnchoredNote, AnchorPlace } from './anchor-place.ts';

/**
 * A text file for each month and node, to which notes are only ever appended. A server's own disk can be rewritten by
 * whoever has the server: what withstands that is a mount which allows appending alone, or S3 with object lock.
 */
export function folderPlace({ path, node }: { readonly path: string; readonly node: string }): AnchorPlace {
  return {
    name: `folder:${node}:${path}`,
    async keep(notes) {
      await mkdir(path, { recursive: true, mode: 0o755 });
      for (const [file, texts] of Map.groupBy(notes, (note) => fileOf(note, node))) {
        await append(join(path, file), texts.map(({ note }) => `${note}\n`).join(''));
      }
    },
    close: async () => {},
  };
}

function fileOf({ signedAt }: AnchoredNote, node: string): string {
  return `${new Date(signedAt).toISOString().slice(0, 7)}.${node}.txt`;
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a', 0o644);
  try {
    const { size } = await handle.stat();
    // A note that a crash cut off ends here; readers find the next one after an empty line.
    await handle.appendFile(size === 0 ? text : `\n\n${text}`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

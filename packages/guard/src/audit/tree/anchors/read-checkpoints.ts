import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A note of a copy, and where it stands. */
export interface CopiedNote {
  readonly note: string;
  readonly file: string;
}

/**
 * Every note in a file, or in all files below a folder, in the order of their names: what a folder place has written, or
 * a bucket's objects after they were downloaded. What a crash has cut off is passed over.
 */
export async function* readCheckpoints(path: string): AsyncGenerator<CopiedNote> {
  for (const file of await filesBelow(path)) yield* notesOf(file);
}

async function filesBelow(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const linesMax = 200;

async function* notesOf(file: string): AsyncGenerator<CopiedNote> {
  let text: string[] = [];
  let block: string[] = [];
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    if (line !== '') {
      if (block.length < linesMax) block.push(line);
    } else if (block.length > 0) {
      if (isSignatures(block)) yield noteOf(text, block, file);
      [text, block] = [block, []];
    }
  }
  if (isSignatures(block)) yield noteOf(text, block, file);
}

function isSignatures(block: readonly string[]): boolean {
  return block.length > 0 && block.every((line) => line.startsWith('\u2014 '));
}

function noteOf(text: readonly string[], signatures: readonly string[], file: string): CopiedNote {
  return { note: `${text.join('\n')}\n\n${signatures.join('\n')}\n`, file };
}

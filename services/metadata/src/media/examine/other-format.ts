import { open } from 'node:fs/promises';
import { malformed, type RefusedFile } from './job.ts';

const headBytes = 1024;
/** A ZIP's end record (22 bytes) and the longest comment behind it. */
const tailBytes = 22 + 65_535;
const zipEnd = Buffer.from('PK\x05\x06', 'latin1');

/**
 * Whether a file could be opened as something else too (U1): readers find a PDF by a mark within its first KiB, and a
 * ZIP archive (also JAR, APK, Office documents) by a record whose comment reaches the end of the file.
 */
export async function otherFormatIn(path: string): Promise<RefusedFile | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = await handle.read(Buffer.alloc(Math.min(size, headBytes)), 0, undefined, 0);
    const from = Math.max(0, size - tailBytes);
    const tail = await handle.read(Buffer.alloc(size - from), 0, undefined, from);
    return otherFormat(head.buffer, tail.buffer);
  } finally {
    await handle.close();
  }
}

export function otherFormatOf(content: Buffer): RefusedFile | undefined {
  return otherFormat(content.subarray(0, headBytes), content.subarray(-tailBytes));
}

function otherFormat(head: Buffer, tail: Buffer): RefusedFile | undefined {
  if (head.includes('%PDF-')) return malformed('The file is a PDF as well.');
  for (let at = tail.indexOf(zipEnd); at !== -1; at = tail.indexOf(zipEnd, at + 1)) {
    const isWhole = at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length;
    if (isWhole) return malformed('The file is a ZIP archive as well.');
  }
  return undefined;
}

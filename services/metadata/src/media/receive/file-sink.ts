import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Problem, refuse } from '@keyward/guard';
import { fileTypeFromBuffer } from 'file-type';
import { type ImageType, isImageType } from '../images/image-type.ts';

const sniffBytes = 4100;

export interface StoredFile {
  readonly type: ImageType;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a file to disk as it arrives. Its type is what its first bytes say, whatever the client declared; a file of
 * another type is refused as soon as they are there. Throws when the source or the disk fails.
 */
export async function sinkFile(source: Readable, path: string): Promise<StoredFile | Problem> {
  const handle = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    let head: Buffer | undefined = Buffer.alloc(0);
    let type: ImageType | undefined;
    // Whoever gave the source ends it: its end must not be taken for the client's before the refusal is known.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      await handle.writeFile(chunk);
      bytes += chunk.length;
      if (!head) continue;
      head = Buffer.concat([head, chunk.subarray(0, sniffBytes - head.length)]);
      if (head.length < sniffBytes) continue;
      type = await sniff(head);
      if (!type) return wrongType();
      head = undefined;
    }
    type ??= head && (await sniff(head));
    return type ? { type, bytes, sha256: hash.digest('hex') } : wrongType();
  } finally {
    await handle.close();
  }
}

async function sniff(head: Buffer): Promise<ImageType | undefined> {
  const mime = (await fileTypeFromBuffer(head))?.mime;
  return isImageType(mime) ? mime : undefined;
}

function wrongType(): Problem {
  return refuse('invalid_file_type', { detail: 'The file is not a PNG, JPEG, GIF or WebP image.' });
}

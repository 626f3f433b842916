import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface FileDigests {
  /** Hexadecimal. */
  readonly sha256: string;
  /** What a store that makes ETags of MD5 calls an object that was sent in parts of this size. */
  readonly etag: string;
}

/**
 * Reads a file once. An object that came in one piece is called by the MD5 of its bytes, one that came in several by the MD5
 * of theirs and their number.
 */
export async function digestsOf(file: string, partBytes: number, signal: AbortSignal): Promise<FileDigests> {
  const sha256 = createHash('sha256');
  const parts: Buffer[] = [];
  let part = createHash('md5');
  let partLength = 0;
  for await (const chunk of createReadStream(file, { signal })) {
    let rest = chunk as Buffer;
    sha256.update(rest);
    while (rest.byteLength > 0) {
      if (partLength === partBytes) {
        parts.push(part.digest());
        part = createHash('md5');
        partLength = 0;
      }
      const taken = rest.subarray(0, partBytes - partLength);
      part.update(taken);
      partLength += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
    }
  }
  parts.push(part.digest());
  const [only, ...others] = parts;
  const etag =
    only !== undefined && others.length === 0
      ? only.toString('hex')
      : `${createHash('md5').update(Buffer.concat(parts)).digest('hex')}-${parts.length}`;
  return { sha256: sha256.digest('hex'), etag };
}

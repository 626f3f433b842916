import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Keyring } from '../../encryption/keyring.ts';
import { ArchiveFault } from './archive-errors.ts';
import type { ArchiveRecord } from './archive-records.ts';
import { type Manifest, manifestName, readManifest } from './manifest.ts';
import { monthOfDate } from './month.ts';
import type { ArchivePlace } from './places/archive-place.ts';

const manifestBytesMax = 8192;

/**
 * Reads an archive from its place and compares it with its manifest, the signature, and the record in the database.
 * Throws `ArchiveFault`, which says what was done to it.
 */
export async function verifyArchive(
  place: ArchivePlace,
  record: ArchiveRecord,
  keyring: Keyring | undefined,
): Promise<void> {
  const { file } = record;
  const manifest = readManifest(await manifestText(place, file), file, keyring);
  if (!isOf(manifest, record)) throw new ArchiveFault('manifest_swapped', file);
  const archive = await place.read(file);
  if (archive === undefined) throw new ArchiveFault('missing', file);
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What is beyond tells no more than that there is something.
    if (bytes > record.bytes) throw new ArchiveFault('appended', file);
    digest.update(chunk);
  }
  if (bytes < record.bytes) throw new ArchiveFault('truncated', file);
  if (!digest.digest().equals(record.sha256)) throw new ArchiveFault('altered', file);
}

async function manifestText(place: ArchivePlace, file: string): Promise<string> {
  const stream: Readable | undefined = await place.read(manifestName(file));
  if (stream === undefined) throw new ArchiveFault('manifest_missing', file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > manifestBytesMax) throw new ArchiveFault('manifest_altered', file);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isOf(manifest: Manifest, record: ArchiveRecord): boolean {
  return (
    manifest.month === monthOfDate(record.month) &&
    manifest.part === record.part &&
    manifest.file === record.file &&
    manifest.rows === record.rows &&
    manifest.bytes === record.bytes &&
    manifest.tree_size === record.treeSize &&
    manifest.sha256 === record.sha256.toString('hex')
  );
}

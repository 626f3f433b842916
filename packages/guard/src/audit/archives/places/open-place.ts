import { fileURLToPath } from 'node:url';
import type { ArchivePlace } from './archive-place.ts';
import { folderPlace } from './folder-place.ts';

/** The place of an absolute path, a `file:` URL, or `s3://bucket/prefix`. */
export async function openArchivePlace(where: string): Promise<ArchivePlace> {
  if (!where.startsWith('s3:')) return folderPlace(where.startsWith('file:') ? fileURLToPath(where) : where);
  // Loaded when it is needed: most installations keep archives in a folder, and the SDK is large.
  const { s3Place } = await import('./s3-place.ts');
  return s3Place(where);
}

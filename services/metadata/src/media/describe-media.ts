import type { MediaRow } from './media-table.ts';

/** A file as lists show it. */
export function describeMedia(row: MediaRow) {
  const access = row.visibility === 'public' ? 'public' : 'content';
  return {
    id: row.id,
    url: `/api/media/${row.id}/${access}`,
    sha256: row.sha256,
    cid: row.cid,
    type: row.type,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    frames: row.frames,
    duration_ms: row.durationMs,
    name: row.name,
    visibility: row.visibility,
    created_at: row.createdAt.toISOString(),
  };
}

/** A file as it is shown by itself. */
export function describeMediaWhole(row: MediaRow) {
  return { ...describeMedia(row), receipt: row.receipt };
}

import { bytes, type Reply, refuse } from '@keyward/guard';
import { mediaPlace } from '../media-place.ts';
import type { MediaRow } from '../media-table.ts';
import type { MediaStore } from '../storage/media-store.ts';
import { contentDisposition } from './content-disposition.ts';
import { ifRangeHolds, noneMatchNames } from './entity-tag.ts';
import { parseRange } from './parse-range.ts';

export interface ContentConditions {
  readonly range?: string | undefined;
  readonly 'if-range'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** Answers with a file's bytes, or the part that was asked for, in a form that no browser takes for a page (U1). */
export async function serveContent(
  store: MediaStore,
  row: MediaRow,
  conditions: ContentConditions,
): Promise<Reply> {
  const tag = `"${row.sha256}"`;
  const headers = {
    'content-type': row.type,
    'content-disposition': contentDisposition(row.name),
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': `${row.visibility}, max-age=31536000, immutable`,
    'accept-ranges': 'bytes',
    etag: tag,
  };
  if (noneMatchNames(conditions['if-none-match'], tag)) return bytes(304, null, headers);
  const wish = ifRangeHolds(conditions['if-range'], tag)
    ? parseRange(conditions.range, row.bytes)
    : ({ kind: 'whole' } as const);
  if (wish.kind === 'unsatisfiable') {
    return refuse('range_not_satisfiable', { headers: { 'content-range': `bytes */${row.bytes}` } });
  }
  const range = wish.kind === 'part' ? wish.range : { start: 0, end: row.bytes - 1 };
  const body = await store.open(mediaPlace(row, row.sha256), range);
  const length = { 'content-length': String(range.end - range.start + 1) };
  if (wish.kind === 'whole') return bytes(200, body, { ...headers, ...length });
  const contentRange = `bytes ${range.start}-${range.end}/${row.bytes}`;
  return bytes(206, body, { ...headers, ...length, 'content-range': contentRange });
}

import { bytes, type Reply, refuse } from '@keyward/guard';
import { contentDisposition } from './content-disposition.ts';
import { ifRangeHolds, noneMatchNames } from './entity-tag.ts';
import type { Content } from './media-content.ts';
import { parseRange } from './parse-range.ts';

export interface ContentConditions {
  readonly range?: string | undefined;
  readonly 'if-range'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** Content never changes under its id (N5). `private`: what only its owner may see stays out of shared caches. */
export const cacheFor = {
  owner: 'private, max-age=31536000, immutable',
  everybody: 'public, max-age=31536000, immutable',
} as const;

/** Answers with bytes, or the part that was asked for, in a form that no browser takes for a page (U1). */
export async function serveContent(
  content: Content,
  conditions: ContentConditions,
  cacheControl: string,
): Promise<Reply> {
  const { entityTag } = content;
  const headers = {
    'content-type': content.type,
    'content-disposition': contentDisposition(content.name),
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': cacheControl,
    'accept-ranges': 'bytes',
    etag: entityTag,
  };
  if (noneMatchNames(conditions['if-none-match'], entityTag)) return bytes(304, null, headers);
  const wish = ifRangeHolds(conditions['if-range'], entityTag)
    ? parseRange(conditions.range, content.bytes)
    : ({ kind: 'whole' } as const);
  if (wish.kind === 'unsatisfiable') {
    return refuse('range_not_satisfiable', { headers: { 'content-range': `bytes */${content.bytes}` } });
  }
  const range = wish.kind === 'part' ? wish.range : { start: 0, end: content.bytes - 1 };
  const body = await content.open(range);
  const length = { 'content-length': String(range.end - range.start + 1) };
  if (wish.kind === 'whole') return bytes(200, body, { ...headers, ...length });
  const contentRange = `bytes ${range.start}-${range.end}/${content.bytes}`;
  return bytes(206, body, { ...headers, ...length, 'content-range': contentRange });
}

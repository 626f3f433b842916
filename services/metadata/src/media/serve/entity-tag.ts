/** Whether an If-None-Match header names `tag` (RFC 9110, section 13.1.2: weak comparison, or `*`). */
export function noneMatchNames(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((item) => item.trim().replace(/^W\//, '') === tag);
}

/** Whether a range may be served under this If-Range header (section 13.1.5: strong comparison; dates never match). */
export function ifRangeHolds(header: string | undefined, tag: string): boolean {
  return header === undefined || header.trim() === tag;
}

const tags = /(W\/)?"([\x21\x23-\x7e]*)"/g;

/** The ETag of a document: its CID (N1). */
export function entityTag(cid: string): string {
  return `"${cid}"`;
}

/** Whether an If-Match header lets a change of what has this CID pass (RFC 9110, 13.1.1): strong comparison. */
export function ifMatchHolds(header: string | undefined, cid: string): boolean {
  if (header === undefined || header.trim() === '*') return true;
  return tagsIn(header).some((tag) => !tag.weak && tag.value === cid);
}

/** Whether an If-None-Match header names this CID, so that 304 is the answer (RFC 9110, 13.1.2): weak comparison. */
export function ifNoneMatchHits(header: string | undefined, cid: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || tagsIn(header).some((tag) => tag.value === cid);
}

function tagsIn(header: string): { weak: boolean; value: string | undefined }[] {
  return [...header.matchAll(tags)].map((match) => ({ weak: match[1] !== undefined, value: match[2] }));
}

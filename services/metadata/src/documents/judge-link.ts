export interface LinkVerdict {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

const scheme = /^([a-z][a-z0-9+.-]*):/i;
const authority = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]*([^/\\?#]*)/i;
const imageData = /^data:image\/[a-z0-9.+-]+[;,]/i;
const hosted = new Set(['https', 'http', 'ipfs', 'ar']);

/**
 * Whether a link may stand in a document (V3): `https:`, `ipfs:`, `ar:`, where images go also `data:image/*`;
 * `http:` and what is no absolute link with a warning; undefined when all is well.
 * It is read as browsers read it, without the white space and control characters that they ignore (WHATWG URL).
 */
export function judgeLink(text: string, options: { readonly image: boolean }): LinkVerdict | undefined {
  const link = asBrowsersRead(text);
  if (link === '') return undefined;
  const name = scheme.exec(link)?.[1]?.toLowerCase();
  if (name === undefined) {
    return /^[/\\]{2}/.test(link) && hasUserInfo(link) ? withUserInfo : relative;
  }
  if (hosted.has(name)) {
    if (hasUserInfo(link)) return withUserInfo;
    return name === 'http' ? unencrypted : undefined;
  }
  if (name === 'data' && options.image && imageData.test(link)) return undefined;
  const allowed = `https:, ipfs: or ar:${options.image ? ', or data:image/…' : ''}`;
  return { severity: 'error', message: `is a "${name.slice(0, 20)}:" link; use ${allowed}` };
}

const withUserInfo: LinkVerdict = { severity: 'error', message: 'holds user information before "@"' };
const unencrypted: LinkVerdict = { severity: 'warning', message: 'is not encrypted; use https:' };
const relative: LinkVerdict = { severity: 'warning', message: 'is not an absolute link' };

function hasUserInfo(link: string): boolean {
  return authority.exec(link)?.[1]?.includes('@') === true;
}

function asBrowsersRead(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end).replaceAll(/[\t\n\r]/g, '');
}

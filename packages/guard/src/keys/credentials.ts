import type { HeaderSource } from '../header-source.ts';
import { type Problem, refuse } from '../reply.ts';

const missing = refuse('missing_credentials', {
  detail: 'Send an API key: "Authorization: Bearer <key>" or "X-API-Key: <key>".',
  headers: { 'www-authenticate': 'Bearer' },
});
const unsupported = refuse('unsupported_scheme', {
  detail: 'The Authorization header must be "Bearer <key>".',
  headers: { 'www-authenticate': 'Bearer' },
});
const conflicting = refuse('conflicting_credentials', { detail: 'Two different credentials were sent.' });
const inUrl = refuse('key_in_url', { detail: 'An API key must not be part of the URL.' });

const bearer = /^bearer +([^\s,]+)$/i;
const keyInQuery =
  /(?:sk(?:-|%2d)[a-z0-9]{1,32}(?:_|%5f)(?:live|test)(?:_|%5f))|[?&](?:api_?key|x-api-key|access_token|key)=/i;

/**
 * The credential of a request (K14), or why there is none that can be used. `search` is the raw query with its `?`;
 * `ownHeader` one that this route reads besides.
 */
export function readCredential(headers: HeaderSource, search: string, ownHeader?: string): string | Problem {
  if (search !== '' && keyInQuery.test(search)) return inUrl;
  const authorization = headers.get('authorization') ?? null;
  const own = ownHeader === undefined ? null : headers.get(ownHeader);
  const apiKey = oneOfBoth(headers.get('x-api-key') ?? null, own ?? null);
  if (authorization === null) return apiKey === null || apiKey === '' ? missing : onlyOne(apiKey);
  const match = bearer.exec(authorization.trim());
  // Duplicate headers arrive joined by a comma, which a key never holds.
  if (match === null) return authorization.includes(',') ? conflicting : unsupported;
  const token = match[1] as string;
  return apiKey === null || apiKey === token ? token : conflicting;
}

function onlyOne(apiKey: string): string | Problem {
  return apiKey.includes(',') ? conflicting : apiKey;
}

/** Two different ones are joined, as the runtime joins headers that are sent twice: no key holds a comma. */
function oneOfBoth(first: string | null, second: string | null): string | null {
  if (first === null || second === null || first === second) return first ?? second;
  return `${first},${second}`;
}

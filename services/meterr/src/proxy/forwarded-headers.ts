import type { PlainHeaders } from '@keyward/guard';
import { tagsHeader } from './call-tags.ts';

/** Of the connection, not of the message (RFC 9110, 7.6.1). */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Ours, or of the way to us: none of the provider's business. */
const keptHere = new Set([
  ...hopByHop,
  'host',
  'content-length',
  'expect',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'forwarded',
  'via',
  'x-real-ip',
  'x-request-id',
  tagsHeader,
]);

/** The provider's, and not for our callers: our own answers set these, or nobody does. */
const notPassedBack = new Set([
  ...hopByHop,
  'set-cookie',
  'set-cookie2',
  'content-length',
  'alt-svc',
  'nel',
  'report-to',
  'cache-control',
  'strict-transport-security',
  'content-security-policy',
  'x-content-type-options',
  'x-frame-options',
  'x-xss-protection',
  'referrer-policy',
  'permissions-policy',
  'www-authenticate',
  'x-request-id',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'ratelimit',
  'ratelimit-policy',
]);

const isOfOurPath = (name: string) => name.startsWith('x-forwarded-') || name.startsWith('cf-');
const isOfOurAnswers = (name: string) =>
  name.startsWith('access-control-') || name.startsWith('cross-origin-') || name.startsWith('proxy-');

/**
 * The headers of a call to the provider, names and values in turn. `mustBeReadable`: the answer must come uncompressed,
 * since it is edited.
 */
export function requestHeaders(
  headers: PlainHeaders,
  credential: readonly [name: string, value: string],
  mustBeReadable: boolean,
): string[] {
  const dropped = namedByConnection(headers.connection);
  const passed: string[] = [credential[0], credential[1]];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || keptHere.has(name) || isOfOurPath(name) || dropped.has(name)) continue;
    if (mustBeReadable && name === 'accept-encoding') continue;
    passed.push(name, joined(value));
  }
  if (mustBeReadable) passed.push('accept-encoding', 'identity');
  return passed;
}

/** The headers of the provider's answer that the caller gets; the provider's own request id under another name. */
export function answerHeaders(headers: PlainHeaders): Record<string, string> {
  const dropped = namedByConnection(headers.connection);
  const passed: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || notPassedBack.has(name) || isOfOurAnswers(name) || dropped.has(name)) continue;
    passed[name] = joined(value);
  }
  const requestId = headers['x-request-id'];
  if (requestId !== undefined) passed['x-upstream-request-id'] = joined(requestId);
  return passed;
}

const nothing: ReadonlySet<string> = new Set();

function namedByConnection(connection: PlainHeaders[string]): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive') return nothing;
  return new Set(
    joined(connection)
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
}

function joined(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.join(', ');
}

import { parseOrigin } from './origin.ts';

export interface CorsOptions {
  /** Exact origins that may read answers. `*` means every origin and is for development only. */
  readonly origins: readonly string[];
}

export interface Cors {
  /** The CORS headers of an answer. `isPublic`: the route answers any origin (C1). */
  headers(origin: string | null, isPublic: boolean): Readonly<Record<string, string>>;
  /** Those of the answer to a preflight. */
  preflightHeaders(origin: string | null, isPublic: boolean): Readonly<Record<string, string>>;
}

const exposed = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
  'ETag',
  'Location',
  'Tus-Resumable',
  'Upload-Offset',
  'Upload-Length',
  'Upload-Expires',
].join(', ');
const allowedHeaders = [
  'Content-Type',
  'Authorization',
  'X-API-Key',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'X-API-Version',
  'Accept-Version',
  'Tus-Resumable',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Offset',
  'Upload-Defer-Length',
  'Upload-Concat',
  'Upload-Checksum',
].join(', ');
const preflight = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': allowedHeaders,
  'access-control-max-age': '86400',
};

/** Judges the origin of every request (C1). Throws when an origin of the list is malformed. */
export function createCors(options: CorsOptions): Cors {
  const any = options.origins.includes('*');
  const allowed = new Map<
    string,
    { plain: Readonly<Record<string, string>>; preflight: Readonly<Record<string, string>> }
  >();
  for (const origin of options.origins) {
    if (origin === '*') continue;
    if (parseOrigin(origin) !== origin)
      throw new Error(`${origin} is no origin; write it like https://app.example.com`);
    allowed.set(origin, forOrigin(origin));
  }
  const open = forOrigin('*');
  // Unknown origins get no CORS header at all, but caches must still keep answers for different origins apart.
  const closed = { plain: { vary: 'Origin' }, preflight: { vary: 'Origin' } };
  const judge = (origin: string | null, isPublic: boolean) => {
    if (isPublic || any) return open;
    return (origin === null ? undefined : allowed.get(origin)) ?? closed;
  };
  return {
    headers: (origin, isPublic) => judge(origin, isPublic).plain,
    preflightHeaders: (origin, isPublic) => judge(origin, isPublic).preflight,
  };
}

function forOrigin(origin: string) {
  const plain = Object.freeze({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed,
    ...(origin === '*' ? {} : { vary: 'Origin' }),
  });
  return { plain, preflight: Object.freeze({ ...plain, ...preflight }) };
}

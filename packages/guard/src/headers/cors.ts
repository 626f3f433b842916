import type { Route } from '../route.ts';
import { parseOrigin } from './origin.ts';

export interface CorsOptions {
  /** Exact origins that may read answers. `*` means every origin and is for development only. */
  readonly origins: readonly string[];
}

export interface Cors {
  /** The CORS headers of an answer. `isPublic`: the route answers any origin (C1). */
  headers(origin: string | null, isPublic: boolean): Readonly<Record<string, string>>;
  /** Those of the answer to a preflight for a path of these routes; `asked`: its `Access-Control-Request-Headers`. */
  preflightHeaders(
    origin: string | null,
    routes: readonly Route[],
    asked: string | null,
  ): Readonly<Record<string, string>>;
}

export const askedHeaders = 'access-control-request-headers';

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
];
const preflight = {
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': allowedHeaders.join(', '),
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
    preflightHeaders(origin, routes, asked) {
      const isPublic = routes.some(({ access }) => access.kind === 'public');
      const judged = judge(origin, isPublic);
      const more = judged === closed ? [] : moreHeaders(routes, asked);
      if (more.length === 0) return judged.preflight;
      const names = [...allowedHeaders, ...more].join(', ');
      return { ...judged.preflight, 'access-control-allow-headers': names };
    },
  };
}

const known = new Set(allowedHeaders.map((name) => name.toLowerCase()));
const askedNamesMax = 50;
const fieldName = /^[!#$%&'+.^_`|~0-9A-Za-z-]{1,64}$/;

/**
 * Headers besides those of every route: what the routes declare, and for a route that hands its requests on as they come
 * whatever is asked for. An official SDK in a browser sends a dozen of its own.
 */
function moreHeaders(routes: readonly Route[], asked: string | null): string[] {
  const declared = routes.flatMap(({ request, credentialHeader = [] }) =>
    Object.keys(request.headers?.shape ?? {}).concat(credentialHeader),
  );
  const takesAny = routes.some(({ request }) => request.body?.kind === 'verbatim');
  const names = takesAny ? (asked ?? '').split(',', askedNamesMax).map((name) => name.trim()) : [];
  const wanted = [...declared, ...names.filter((name) => fieldName.test(name))];
  return [...new Set(wanted.map((name) => name.toLowerCase()))].filter((name) => !known.has(name));
}

function forOrigin(origin: string) {
  const plain = Object.freeze({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed,
    ...(origin === '*' ? {} : { vary: 'Origin' }),
  });
  return { plain, preflight: Object.freeze({ ...plain, ...preflight }) };
}

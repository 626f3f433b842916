import { errorCodes } from './error-codes.ts';
import type { Exchange } from './exchange.ts';
import { askedHeaders, type Cors } from './headers/cors.ts';
import { limitHeaders } from './limits/limit-headers.ts';
import { problemBody, problemContentType } from './problem.ts';
import type { Problem, Reply } from './reply.ts';
import type { Route } from './route.ts';

/** What every answer of a guard carries. */
export interface AnswerHeaders {
  readonly fixed: Readonly<Record<string, string>>;
  readonly cors: Cors;
  /** The routes of a path, for the preflight that comes before its request. */
  routesAt(path: string): readonly Route[];
}

export function statusOf(reply: Reply): number {
  return reply.kind === 'problem' ? errorCodes[reply.code].status : reply.status;
}

/** The reply as a web-standard response with all its headers (H1, H2, C1, L2). */
export function respond(
  exchange: Exchange,
  reply: Reply,
  { fixed, cors, routesAt }: AnswerHeaders,
  nowMs: number,
): Response {
  const { origin, method, path, limit, requestId } = exchange;
  const routeIsPublic = exchange.mounted?.route.access.kind === 'public';
  const headers: Record<string, string> = {
    ...fixed,
    'x-request-id': requestId,
    ...(method === 'OPTIONS'
      ? cors.preflightHeaders(origin, routesAt(path), exchange.headers.get(askedHeaders) ?? null)
      : cors.headers(origin, routeIsPublic)),
  };
  if (routeIsPublic) headers['cross-origin-resource-policy'] = 'cross-origin';
  if (limit !== undefined) Object.assign(headers, limitHeaders(limit, nowMs));
  // An answer that depends on who asks, or that is a refusal, is nobody else's; handlers say so where it may be kept.
  if (reply.kind === 'problem' || exchange.key !== undefined) headers['cache-control'] = 'no-store';
  if (reply.kind === 'problem') headers['content-type'] = problemContentType;
  else if (reply.kind === 'json' && reply.body !== undefined) headers['content-type'] = 'application/json';
  Object.assign(headers, reply.headers);
  const body = method === 'HEAD' ? null : bodyOf(reply, requestId);
  return new Response(body as ConstructorParameters<typeof Response>[0], {
    status: statusOf(reply),
    headers,
  });
}

/** The answer to what never became a request. */
export function respondUnparsed(problem: Problem, requestId: string, { fixed }: AnswerHeaders): Response {
  const headers = {
    ...fixed,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'content-type': problemContentType,
    ...problem.headers,
  };
  return new Response(problemBody(problem, requestId), { status: statusOf(problem), headers });
}

function bodyOf(reply: Reply, requestId: string) {
  switch (reply.kind) {
    case 'problem':
      return problemBody(reply, requestId);
    case 'json':
      return reply.body === undefined ? null : JSON.stringify(reply.body);
    case 'bytes':
      return reply.body;
  }
}

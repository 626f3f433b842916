import { roleSuffices } from './access/roles.ts';
import type { Caller } from './caller.ts';
import type { Clock } from './clock.ts';
import { isDatabaseUnavailable } from './database/database-unavailable.ts';
import type { Exchange } from './exchange.ts';
import { readCredential } from './keys/credentials.ts';
import { checkRestrictions } from './keys/restrictions.ts';
import type { KeyVerifier } from './keys/verify-key.ts';
import { limitHeaders } from './limits/limit-headers.ts';
import { type LimitRequest, type LimitStore, LimitStoreUnavailableError } from './limits/limit-store.ts';
import { bytes, isProblem, type Problem, type Reply, refuse } from './reply.ts';
import type { Input, Route } from './route.ts';
import type { RouteMatch, Router } from './router.ts';
import { BodyTooLargeError, readBody } from './validation/read-body.ts';
import { validateParts } from './validation/validate-request.ts';

/** What the steps of the pipeline need. */
export interface Protections {
  readonly router: Router;
  readonly keys: KeyVerifier;
  readonly limits: LimitStore;
  readonly clock: Clock;
}

/**
 * The path of a request, in its one order; this file alone knows it.
 * route → credentials → restrictions → scopes and role → limits → path, query, headers → body → handler.
 * A refusal is a value; whatever comes back, the caller journals it and puts the headers on.
 */
export async function answer(exchange: Exchange, protections: Protections): Promise<Reply> {
  if (exchange.method === 'OPTIONS') return preflight;

  const match = protections.router.match(exchange.method, exchange.path);
  if (isProblem(match)) return match;
  exchange.mounted = match.mounted;
  const { route } = match.mounted;

  const refusal = await admit(exchange, route, protections);
  if (refusal !== undefined) return refusal;

  const input = await readInput(exchange, match);
  if (isProblem(input)) return input;
  return match.mounted.handler(input, exchange);
}

const preflight = bytes(204, null, {});

/** Whether the caller may make this call now: undefined, or the refusal. */
async function admit(
  exchange: Exchange,
  route: Route,
  protections: Protections,
): Promise<Problem | undefined> {
  if (route.access.kind === 'public' || route.access.kind === 'anybody') return undefined;

  const credential = readCredential(exchange.request.headers, exchange.search);
  if (isProblem(credential)) return credential;
  const verified = protections.keys.verify(credential);
  const key = verified instanceof Promise ? await verified : verified;
  if (isProblem(key)) return key;
  exchange.key = key;

  return (
    checkRestrictions(key, exchange.clientAddress, exchange.origin) ??
    checkAccess(exchange.caller, route) ??
    (await spendLimits(exchange, route, protections))
  );
}

/** Scopes first, then the owner's rank (K4, R1). */
function checkAccess(caller: Caller, route: Route): Problem | undefined {
  const { access } = route;
  if (access.kind !== 'scopes' || caller.kind !== 'key') return undefined;
  const missing = access.scopes.filter((scope) => !caller.scopes.has(scope));
  if (missing.length > 0)
    return refuse('missing_scope', { detail: `This key lacks the scope ${missing.join(', ')}.` });
  if (access.role !== undefined && !roleSuffices(caller.role, access.role)) {
    return refuse('insufficient_permissions', { detail: `This needs the role ${access.role}.` });
  }
  return undefined;
}

/** One decision over the key's windows and the route's own: all or nothing (L1). */
async function spendLimits(
  exchange: Exchange,
  route: Route,
  { limits, clock }: Protections,
): Promise<Problem | undefined> {
  if (route.limit === 'none' || exchange.key === undefined) return undefined;
  const wanted: LimitRequest[] = [exchange.key.limit];
  if (route.limit !== 'key') {
    wanted.push({ key: `route:${exchange.mounted?.name}:${exchange.key.id}`, windows: route.limit });
  }
  try {
    const taken = limits.take(wanted);
    const decision = taken instanceof Promise ? await taken : taken;
    exchange.limit = decision;
    if (decision.admitted) return undefined;
    const headers = limitHeaders(decision, clock.now());
    return refuse('rate_limited', { detail: `Try again in ${headers['retry-after']} s.`, headers });
  } catch (error) {
    if (!(error instanceof LimitStoreUnavailableError)) throw error;
    return refuse('limit_store_unavailable', {
      detail: 'Limits cannot be checked at the moment.',
      headers: { 'retry-after': '1' },
    });
  }
}

/** Path, query and headers before the body: a request that is wrong in them need not send it. */
async function readInput(exchange: Exchange, match: RouteMatch): Promise<Input<Route> | Problem> {
  const { request: declared } = match.mounted.route;
  const parts = validateParts(declared, match.params, exchange.search, exchange.request.headers);
  if (isProblem(parts)) return parts;
  if (declared.body === undefined) return { ...parts, body: undefined } as Input<Route>;
  const read = await readBody(declared.body, exchange.request);
  return isProblem(read) ? read : ({ ...parts, body: read.body } as Input<Route>);
}

const databaseAway = refuse('database_unavailable', { headers: { 'retry-after': '1' } });

/** What an unexpected exception is to the caller: its text stays inside. */
export function unexpected(error: unknown): Problem {
  if (error instanceof BodyTooLargeError) return error.problem;
  if (isDatabaseUnavailable(error)) return databaseAway;
  return refuse('internal_error', { detail: 'Something went wrong on our side.' });
}

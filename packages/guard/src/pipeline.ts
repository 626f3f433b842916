import { roleSuffices } from './access/roles.ts';
import type { KeyCaller } from './caller.ts';
import type { Clock } from './clock.ts';
import { isDatabaseUnavailable } from './database/database-unavailable.ts';
import type { Exchange } from './exchange.ts';
import { readCredential } from './keys/credentials.ts';
import type { KeyUses } from './keys/key-uses.ts';
import { checkRestrictions } from './keys/restrictions.ts';
import type { VerifiedKey } from './keys/verified-key.ts';
import { type KeyVerifier, spentKey } from './keys/verify-key.ts';
import { limitHeaders } from './limits/limit-headers.ts';
import {
  type LimitDecision,
  type LimitRequest,
  type LimitStore,
  LimitStoreUnavailableError,
} from './limits/limit-store.ts';
import { bytes, isProblem, type Problem, type Reply, refuse } from './reply.ts';
import type { Input, Route, RouteLimit } from './route.ts';
import type { RouteMatch, Router } from './router.ts';
import { BodyTooLargeError, readBody } from './validation/read-body.ts';
import { validateParts } from './validation/validate-request.ts';

/** What the steps of the pipeline need. */
export interface Protections {
  readonly router: Router;
  readonly keys: KeyVerifier;
  readonly limits: LimitStore;
  readonly uses: KeyUses;
  readonly clock: Clock;
}

/**
 * The path of a request, in its one order; this file alone knows it.
 * route → credentials → restrictions → scopes and role → limits → uses → path, query, headers → body → handler.
 * A refusal is a value; whatever comes back, the caller journals it and puts the headers on.
 */
export async function answer(exchange: Exchange, protections: Protections): Promise<Reply> {
  if (exchange.method === 'OPTIONS') return preflight;

  const match = protections.router.match(exchange.method, exchange.path);
  if (isProblem(match)) return match;
  exchange.mounted = match.mounted;
  const { route } = match.mounted;

  // What needs no waiting is not waited for: every await costs as much as a whole step.
  const admission = admit(exchange, route, protections);
  const refusal = admission instanceof Promise ? await admission : admission;
  if (refusal !== undefined) return refusal;

  const reading = readInput(exchange, match);
  const input = reading instanceof Promise ? await reading : reading;
  if (isProblem(input)) return input;
  return match.mounted.handler(input, exchange);
}

const preflight = bytes(204, null, {});

type Admission = Problem | undefined;

/** Whether the caller may make this call now: undefined, or the refusal. */
function admit(exchange: Exchange, route: Route, protections: Protections): Admission | Promise<Admission> {
  if (route.access.kind === 'public' || route.access.kind === 'anybody') return undefined;

  const credential = readCredential(exchange.request.headers, exchange.search);
  if (isProblem(credential)) return credential;
  const verified = protections.keys.verify(credential, exchange.clientAddress);
  return verified instanceof Promise
    ? verified.then((key) => admitKey(key, exchange, route, protections))
    : admitKey(verified, exchange, route, protections);
}

function admitKey(
  key: VerifiedKey | Problem,
  exchange: Exchange,
  route: Route,
  protections: Protections,
): Admission | Promise<Admission> {
  if (isProblem(key)) return key;
  exchange.key = key;
  return (
    checkRestrictions(key, exchange.clientAddress, exchange.origin) ??
    checkAccess(key.caller, route) ??
    spend(key, exchange, route, protections)
  );
}

/** Scopes first, then the owner's rank (K4, R1). */
function checkAccess(caller: KeyCaller, route: Route): Problem | undefined {
  const { access } = route;
  if (access.kind !== 'scopes') return undefined;
  if (!access.scopes.every((scope) => caller.scopes.has(scope))) {
    const missing = access.scopes.filter((scope) => !caller.scopes.has(scope));
    return refuse('missing_scope', { detail: `This key lacks the scope ${missing.join(', ')}.` });
  }
  if (access.role !== undefined && !roleSuffices(caller.role, access.role)) {
    return refuse('insufficient_permissions', { detail: `This needs the role ${access.role}.` });
  }
  return undefined;
}

/** A permit of each window, then one of the key's uses: what a limit refuses has spent no use (K6). */
function spend(
  key: VerifiedKey,
  exchange: Exchange,
  route: Route,
  protections: Protections,
): Admission | Promise<Admission> {
  if (route.limit === 'none') return undefined;
  const admission = spendLimits(key, exchange, route.limit, protections);
  return key.uses === undefined ? admission : spendUse(admission, key.uses.id, protections.uses);
}

async function spendUse(
  admission: Admission | Promise<Admission>,
  usesId: string,
  uses: KeyUses,
): Promise<Admission> {
  const refusal = await admission;
  if (refusal !== undefined) return refusal;
  return (await uses.take(usesId)) ? undefined : spentKey;
}

/** One decision over the key's windows and the route's own: all or nothing (L1). */
function spendLimits(
  key: VerifiedKey,
  exchange: Exchange,
  windows: Exclude<RouteLimit, 'none'>,
  { limits, clock }: Protections,
): Admission | Promise<Admission> {
  const wanted: LimitRequest[] = [key.limit];
  if (windows !== 'key') wanted.push({ key: `route:${exchange.mounted?.name}:${key.id}`, windows });
  try {
    const taken = limits.take(wanted);
    return taken instanceof Promise
      ? taken.then((decision) => decided(decision, exchange, clock), limitsAway)
      : decided(taken, exchange, clock);
  } catch (error) {
    return limitsAway(error);
  }
}

function decided(decision: LimitDecision, exchange: Exchange, clock: Clock): Admission {
  exchange.limit = decision;
  if (decision.admitted) return undefined;
  const headers = limitHeaders(decision, clock.now());
  return refuse('rate_limited', { detail: `Try again in ${headers['retry-after']} s.`, headers });
}

function limitsAway(error: unknown): Problem {
  if (!(error instanceof LimitStoreUnavailableError)) throw error;
  return refuse('limit_store_unavailable', {
    detail: 'Limits cannot be checked at the moment.',
    headers: { 'retry-after': '1' },
  });
}

/** Path, query and headers before the body: a request that is wrong in them need not send it. */
function readInput(
  exchange: Exchange,
  match: RouteMatch,
): Input<Route> | Problem | Promise<Input<Route> | Problem> {
  const { request: declared } = match.mounted.route;
  const parts = validateParts(declared, match.params, exchange.search, exchange.request.headers);
  if (isProblem(parts)) return parts;
  const { params, query, headers } = parts;
  const withBody = (body: unknown) => ({ params, query, headers, body }) as Input<Route>;
  if (declared.body === undefined) return withBody(undefined);
  return readBody(declared.body, exchange.request).then((read) =>
    isProblem(read) ? read : withBody(read.body),
  );
}

const databaseAway = refuse('database_unavailable', { headers: { 'retry-after': '1' } });

/** What an unexpected exception is to the caller: its text stays inside. */
export function unexpected(error: unknown): Problem {
  if (error instanceof BodyTooLargeError) return error.problem;
  if (isDatabaseUnavailable(error)) return databaseAway;
  return refuse('internal_error', { detail: 'Something went wrong on our side.' });
}

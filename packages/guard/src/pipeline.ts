import { roleSuffices } from './access/roles.ts';
import { type Blocks, blockRefusal } from './blocks/block-refusal.ts';
import type { KeyCaller } from './caller.ts';
import type { Clock } from './clock.ts';
import { isDatabaseUnavailable } from './database/database-unavailable.ts';
import { errorCodes } from './error-codes.ts';
import type { Exchange } from './exchange.ts';
import { readCredential } from './keys/credentials.ts';
import type { KeyUses } from './keys/key-uses.ts';
import { checkRestrictions } from './keys/restrictions.ts';
import type { VerifiedKey } from './keys/verified-key.ts';
import { type KeyVerifier, spentKey } from './keys/verify-key.ts';
import type { AddressWindow, AddressWindows } from './limits/addresses/address-windows.ts';
import type { LimitRequest, LimitStore } from './limits/limit-store.ts';
import { type Admission, spendPermits } from './limits/spend-permits.ts';
import { auditAway } from './recorder.ts';
import { bytes, isProblem, type Problem, type Reply, refuse } from './reply.ts';
import { changesSomething, type Input, type Route } from './route.ts';
import type { RouteMatch, Router } from './router.ts';
import { BodyTooLargeError, readBody, verbatimInput } from './validation/read-body.ts';
import { validateParts } from './validation/validate-request.ts';
import { whenReady } from './when-ready.ts';

/** What the steps of the pipeline need. */
export interface Protections {
  readonly router: Router;
  readonly keys: KeyVerifier;
  readonly blocks: Blocks;
  readonly limits: LimitStore;
  readonly addressWindows: AddressWindows;
  readonly uses: KeyUses;
  readonly clock: Clock;
  /** Whether there is room for the entries of changes (A2). */
  readonly takesChanges: () => boolean;
}

/**
 * The path of a request, in its one order; this file alone knows it.
 * blocked? → route → credentials → restrictions → scopes and role → room for its entry → limits → uses → path, query, headers → body → handler.
 * A refusal is a value; whatever comes back, the caller journals it and puts the headers on.
 *
 * A request spends of its address' windows too (L4), in one decision with whatever else it spends: all or nothing.
 * - With a valid key: `keyed`, together with the windows of the key; also when restrictions or scopes refuse it.
 * - Without: `keyless`, be the route open to anybody or unknown, or the request a preflight or none at all.
 * - What would be answered 401: `failed` as well; when that is spent the answer is 429. The key is looked at first, so
 *   that whoever holds a valid one is served behind whatever address.
 * - What says nothing of the caller (the key store is away, attempts are bounded elsewhere) spends nothing.
 * Loopback has no such windows, and routes whose requests are not recorded (health, metrics) spend none.
 */
export function answer(exchange: Exchange, protections: Protections): Reply | Promise<Reply> {
  const blocked = blockRefusal(protections.blocks, exchange.clientAddress, protections.clock);
  if (blocked !== undefined) return blocked;
  if (exchange.method === 'OPTIONS')
    return whenReady(spendOfAddress(exchange, ['keyless'], protections), (refusal) => refusal ?? preflight);

  const match = protections.router.match(exchange.method, exchange.path);
  if (isProblem(match)) return whenReady(admitUnrouted(exchange, protections), (refusal) => refusal ?? match);
  exchange.mounted = match.mounted;
  const { route, handler } = match.mounted;

  return whenReady(admit(exchange, route, protections), (refusal) => {
    if (refusal !== undefined) return refusal;
    return whenReady(readInput(exchange, match), (input) => {
      if (isProblem(input)) return input;
      return whenReady(handler(input, exchange), (reply) => spendFailure(reply, exchange, protections));
    });
  });
}

/** What a handler answers 401 spends as any other does that is. */
function spendFailure(reply: Reply, exchange: Exchange, protections: Protections): Reply | Promise<Reply> {
  if (!isProblem(reply) || errorCodes[reply.code].status !== 401 || exchange.key !== undefined) return reply;
  return refuseAfter(spendOfAddress(exchange, ['failed'], protections), reply);
}

const preflight = bytes(204, null, {});

/** What never became a request: undefined, or the refusal that is answered instead. */
export function admitUnparsed(
  clientAddress: string,
  protections: Protections,
): Admission | Promise<Admission> {
  const blocked = blockRefusal(protections.blocks, clientAddress, protections.clock);
  const wanted = protections.addressWindows(clientAddress, ['keyless']);
  return blocked ?? spendPermits({ limit: undefined }, wanted, protections);
}

/** A request for a path that no route has, which a valid key may well make. */
function admitUnrouted(exchange: Exchange, protections: Protections): Admission | Promise<Admission> {
  const { clientAddress, headers, search } = exchange;
  const credential = readCredential(headers, search);
  const spend = (key: VerifiedKey | Problem) => {
    // Its row names the key, and is not summed with those of strangers (A1); nor is one of which nobody can tell.
    if (!isProblem(key)) exchange.key = key;
    else if (errorCodes[key.code].status >= 500) return key;
    return spendOfAddress(exchange, [isProblem(key) ? 'keyless' : 'keyed'], protections);
  };
  if (isProblem(credential)) return spend(credential);
  const verified = protections.keys.verify(credential, clientAddress);
  return whenReady(verified, spend);
}

/** Whether the caller may make this call now: undefined, or the refusal. */
function admit(exchange: Exchange, route: Route, protections: Protections): Admission | Promise<Admission> {
  if (route.access.kind === 'public' || route.access.kind === 'anybody') {
    const spent = spendOfAddress(exchange, route.limit === 'sign-in' ? signIn : ['keyless'], protections);
    const refusal = checkRoom(route, protections);
    return refusal === undefined ? spent : refuseAfter(spent, refusal);
  }

  const credential = readCredential(exchange.headers, exchange.search, route.credentialHeader);
  if (isProblem(credential)) return refuseStranger(credential, exchange, protections);
  const verified = protections.keys.verify(credential, exchange.clientAddress);
  return whenReady(verified, (key) => admitKey(key, exchange, route, protections));
}

const signIn = ['keyless', 'signIn'] as const;

function admitKey(
  key: VerifiedKey | Problem,
  exchange: Exchange,
  route: Route,
  protections: Protections,
): Admission | Promise<Admission> {
  if (isProblem(key)) return refuseStranger(key, exchange, protections);
  exchange.key = key;
  const refusal =
    checkRestrictions(key, exchange.clientAddress, exchange.origin) ??
    checkAccess(key.caller, route) ??
    checkRoom(route, protections);
  if (refusal === undefined) return spend(key, exchange, route, protections);
  return refuseAfter(spendOfAddress(exchange, ['keyed'], protections), refusal);
}

/** Without a key that holds: the refusal, or 429 when the address has had too many. */
function refuseStranger(
  refusal: Problem,
  exchange: Exchange,
  protections: Protections,
): Problem | Promise<Problem> {
  const names = windowsSpentBy[errorCodes[refusal.code].status] ?? [];
  return refuseAfter(spendOfAddress(exchange, names, protections), refusal);
}

/** By the status of what is wrong with the credential. 403: the key is genuine and has been used up. */
const windowsSpentBy: Readonly<Record<number, readonly AddressWindow[]>> = {
  400: ['keyless'],
  401: ['keyless', 'failed'],
  403: ['keyed'],
};

function refuseAfter(
  admission: Admission | Promise<Admission>,
  refusal: Problem,
): Problem | Promise<Problem> {
  return whenReady(admission, (tooMany) => tooMany ?? refusal);
}

/** A permit of each of these windows of the client's address (L4). */
function spendOfAddress(
  exchange: Exchange,
  names: readonly AddressWindow[],
  protections: Protections,
): Admission | Promise<Admission> {
  return spendPermits(exchange, windowsOfAddress(exchange, names, protections), protections);
}

function windowsOfAddress(
  { mounted, clientAddress }: Exchange,
  names: readonly AddressWindow[],
  { addressWindows }: Protections,
): readonly LimitRequest[] {
  if (mounted !== undefined && 'unrecorded' in mounted.route.audit) return [];
  return addressWindows(clientAddress, names);
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

/** Before anything is spent or done: what could not be recorded afterwards is not begun (A2). */
function checkRoom(route: Route, { takesChanges }: Protections): Problem | undefined {
  return changesSomething(route) && !takesChanges() ? auditAway : undefined;
}

/** A permit of each window, then one of the key's uses: what a limit refuses has spent no use (K6). */
function spend(
  key: VerifiedKey,
  exchange: Exchange,
  route: Route,
  protections: Protections,
): Admission | Promise<Admission> {
  const wanted = [...windowsOfAddress(exchange, ['keyed'], protections)];
  if (route.limit === 'none') return spendPermits(exchange, wanted, protections);
  wanted.push(key.limit);
  if (typeof route.limit !== 'string')
    wanted.push({ key: `route:${exchange.mounted?.name}:${key.id}`, windows: route.limit });
  const admission = spendPermits(exchange, wanted, protections);
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

/** Path, query and headers before the body: a request that is wrong in them need not send it. */
function readInput(
  exchange: Exchange,
  match: RouteMatch,
): Input<Route> | Problem | Promise<Input<Route> | Problem> {
  const { request: declared } = match.mounted.route;
  const { body } = declared;
  const search = body?.kind === 'verbatim' ? '' : exchange.search;
  const parts = validateParts(declared, match.params, search, exchange.headers);
  if (isProblem(parts)) return parts;
  const { params, query, headers } = parts;
  const withBody = (read: unknown) => ({ params, query, headers, body: read }) as Input<Route>;
  if (body === undefined) return withBody(undefined);
  if (body.kind === 'verbatim') {
    const verbatim = verbatimInput(body, exchange);
    return isProblem(verbatim) ? verbatim : withBody(verbatim);
  }
  return readBody(body, exchange.request, exchange.nodeBody, exchange.headers).then((read) =>
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

import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Role } from './access/roles.ts';
import type { Caller, KeyCaller } from './caller.ts';
import type { ErrorCode } from './error-codes.ts';
import type { Problem, Reply } from './reply.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A fixed window (L1): at most `limit` requests in `windowMs` milliseconds from the first admitted one. */
export interface Window {
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * Who may call a route.
 * - `public`: anybody, from any origin, without credentials (token URIs, public media).
 * - `anybody`: anybody, but cross-origin only for configured origins.
 * - `key`: any valid key of any service, no scope needed.
 * - `scopes`: a key that holds all of them; with `role`, its owner must also rank at least so high.
 */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'anybody' }
  | { readonly kind: 'key' }
  | { readonly kind: 'scopes'; readonly scopes: readonly [string, ...string[]]; readonly role?: Role };

/**
 * What a call spends. `key`: a permit of each window of the key (default 1000 an hour).
 * `none`: nothing. A list: those windows for this route and key, besides the key's own. `sign-in`: of a route that takes
 * no key, the few tries that an address has to sign in. What goes by address is spent besides, whatever stands here (L4).
 */
export type RouteLimit = 'key' | 'none' | 'sign-in' | readonly [Window, ...Window[]];

/** A JSON body: parsed strictly (V2), then validated by `schema`. */
export interface JsonBody<S extends z.ZodType = z.ZodType> {
  readonly kind: 'json';
  readonly schema: S;
  readonly bytesMax: number;
  readonly contentTypes: readonly string[];
  /** The code for JSON nested too deep, or with a number that a double does not hold. Default `malformed_json`. */
  readonly beyondLimits?: 'malformed_json' | 'invalid_request';
}

/** A body handed to the handler as it arrives, cut off beyond `bytesMax`. */
export interface StreamBody {
  readonly kind: 'stream';
  readonly bytesMax: number;
  readonly contentTypes: readonly string[];
}

/** The request is handed on as it came, whatever its type, to somebody else who judges it. */
export interface VerbatimBody {
  readonly kind: 'verbatim';
  readonly bytesMax: number;
}

export type Body = JsonBody | StreamBody | VerbatimBody;

export interface StreamInput {
  readonly contentType: string;
  /** From Content-Length; undefined when the client did not say. */
  readonly contentLength: number | undefined;
  /** This or `node`, once. */
  readonly stream: ReadableStream<Uint8Array>;
  /**
   * The same body where it comes from Node's HTTP server with its length announced: read there it costs a fifth. Its
   * chunks are the reader's alone. It must not be destroyed, which would cut off the answer.
   */
  readonly node?: Readable | undefined;
}

/** Headers by lower-case names. */
export type PlainHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request as it came. Its query and headers were not validated, and its path is percent-encoded. */
export interface VerbatimInput {
  readonly method: string;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly search: string;
  readonly headers: Headers;
  /** The same by lower-case names, where Node's HTTP server has them so: to go through `headers` costs ten times as much. */
  readonly plainHeaders?: PlainHeaders | undefined;
  /** From Content-Length; undefined when the client did not say. */
  readonly contentLength: number | undefined;
  /** The whole body; a refusal when it is too large or ended too soon. This or `stream`, once. */
  bytes(): Promise<Uint8Array | Problem>;
  /** Null when there is no body. */
  stream(): ReadableStream<Uint8Array> | null;
}

export interface RouteRequest {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Lower-case names; headers not named here do not reach the handler. */
  readonly headers?: z.ZodObject;
  readonly body?: Body;
}

export interface RouteResponse {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly contentType?: string;
}

/**
 * The audit action, such as `metadata.create`, and the type of object it touches;
 * or why the requests of this route are counted but not recorded (A1: health and metrics only).
 */
export type RouteAudit =
  | {
      readonly action: string;
      readonly objectType?: string;
      /** A change of who may do what: its entry is on the disk before the answer (A2). */
      readonly isAdministrative?: true;
    }
  | { readonly unrecorded: string };

/**
 * A route as data: validation, OpenAPI, audit and authorization are all read from this one declaration (R2, X5).
 * A route without `access`, `limit` or `audit` does not type-check, and `createGuard` refuses it.
 */
export interface Route {
  readonly method: Method;
  /** `/api/metadata/:id`: `:name` matches one non-empty segment, `:name{.+}` at the end all that follows. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly limit: RouteLimit;
  readonly audit: RouteAudit;
  readonly request: RouteRequest;
  readonly responses: Readonly<Record<number, RouteResponse>>;
  /** Codes the handler may refuse with, besides those every route can. */
  readonly errors: readonly ErrorCode[];
  /** A header that may hold the key besides Authorization and X-API-Key, lower-case (K14). */
  readonly credentialHeader?: string;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type ParsedBody<B> =
  B extends JsonBody<infer S>
    ? z.output<S>
    : B extends StreamBody
      ? StreamInput
      : B extends VerbatimBody
        ? VerbatimInput
        : undefined;

export interface Input<R extends Route> {
  readonly params: Parsed<R['request']['params']>;
  readonly query: Parsed<R['request']['query']>;
  readonly headers: Parsed<R['request']['headers']>;
  readonly body: ParsedBody<R['request']['body']>;
}

type CallerOf<R extends Route> = R['access']['kind'] extends 'key' | 'scopes' ? KeyCaller : Caller;

export interface RequestContext<C extends Caller = Caller> {
  /** Ours, never the client's. */
  readonly requestId: string;
  readonly caller: C;
  /** The client's address in canonical form (L4). */
  readonly clientAddress: string;
  /** Aborted when the client goes away or the deadline passes. */
  readonly signal: AbortSignal;
  /** Names the objects touched, for the audit row; at most 100 are kept, the rest are counted. */
  audited(...objectIds: string[]): void;
}

/** Written as a method so that services of different contracts fit into one list. */
export type Handler<R extends Route> = {
  handle(input: Input<R>, context: RequestContext<CallerOf<R>>): Reply | Promise<Reply>;
}['handle'];

export const jsonBodyBytesMax = 1024 * 1024;
export const batchBodyBytesMax = 8 * 1024 * 1024;

/** Declares a route; only keeps the literal types. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}

/** Whether a call may change something, which is not begun when it cannot be recorded (A2). */
export function changesSomething({ method }: Pick<Route, 'method'>): boolean {
  return method !== 'GET';
}

/** A JSON body of at most `bytesMax` bytes (default 1 MiB). */
export function jsonBody<S extends z.ZodType>(
  schema: S,
  options: { bytesMax?: number; contentTypes?: readonly string[] } = {},
): JsonBody<S> {
  return {
    kind: 'json',
    schema,
    bytesMax: options.bytesMax ?? jsonBodyBytesMax,
    contentTypes: options.contentTypes ?? ['application/json'],
  };
}

/** A body that the handler reads itself, of at most `bytesMax` bytes. */
export function streamBody(options: { bytesMax: number; contentTypes: readonly string[] }): StreamBody {
  return { kind: 'stream', ...options };
}

/** A request that the handler passes on, with a body of at most `bytesMax` bytes. */
export function verbatimBody(bytesMax: number): VerbatimBody {
  return { kind: 'verbatim', bytesMax };
}

import type { Readable } from 'node:stream';
import { type Caller, nobody } from './caller.ts';
import { type HeaderSource, PlainHeaderSource } from './header-source.ts';
import type { VerifiedKey } from './keys/verified-key.ts';
import type { LimitDecision } from './limits/limit-store.ts';
import type { PlainHeaders, RequestContext } from './route.ts';
import type { MountedRoute } from './router.ts';

const objectIdsMax = 100;

/** The other end of the connection. */
export interface Peer {
  /** The socket's address, as the runtime gives it. */
  readonly address: string;
  /** The request's body as Node's HTTP server has it, for handlers that read large ones (`StreamInput.node`). */
  readonly body?: Readable;
  /** The request's headers as that server has them, by lower-case names; duplicates joined. */
  readonly headers?: PlainHeaders;
}

/** The headers of a request, read the cheapest way there is. */
export function headersOf(request: Request, { headers }: Peer): HeaderSource {
  return headers === undefined ? request.headers : new PlainHeaderSource(headers);
}

type GivenToExchange = 'headers' | 'requestId' | 'startedAtMs' | 'clientAddress';

/** One request on its way through the pipeline: what the steps have found out so far. */
export class Exchange implements RequestContext {
  readonly request: Request;
  readonly headers: HeaderSource;
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly clientAddress: string;
  readonly method: string;
  /** As it stands in the request, percent-encoded; the handler's parameters come from the same text (V2). */
  readonly path: string;
  readonly search: string;
  readonly origin: string | null;
  readonly nodeBody: Readable | undefined;
  readonly nodeHeaders: PlainHeaders | undefined;
  mounted: MountedRoute | undefined;
  key: VerifiedKey | undefined;
  limit: LimitDecision | undefined;
  objectIds: string[] | null = null;
  objectCount = 0;

  constructor(request: Request, peer: Peer, given: Pick<Exchange, GivenToExchange>) {
    this.request = request;
    this.headers = given.headers;
    this.requestId = given.requestId;
    this.startedAtMs = given.startedAtMs;
    this.clientAddress = given.clientAddress;
    this.nodeBody = peer.body;
    this.nodeHeaders = peer.headers;
    this.method = request.method;
    this.origin = given.headers.get('origin') ?? null;
    const { url } = request;
    const pathStart = url.indexOf('/', url.indexOf('://') + 3);
    const searchStart = url.indexOf('?', pathStart);
    this.path = url.slice(pathStart, searchStart < 0 ? undefined : searchStart);
    this.search = searchStart < 0 ? '' : url.slice(searchStart);
  }

  get caller(): Caller {
    return this.key?.caller ?? nobody;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }

  audited(...objectIds: string[]): void {
    this.objectIds ??= [];
    this.objectIds.push(...objectIds.slice(0, objectIdsMax - this.objectIds.length));
    this.objectCount += objectIds.length;
  }
}

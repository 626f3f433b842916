import { createClientAddress } from './addresses/client-address.ts';
import type { AuditEntry } from './audit/entry.ts';
import type { Journal } from './audit/journal/journal.ts';
import { requestEntry, unparsedEntry } from './audit/request-entry.ts';
import type { Clock } from './clock.ts';
import { Exchange, type Peer } from './exchange.ts';
import { createCors } from './headers/cors.ts';
import { type SecurityHeaderOptions, securityHeaders } from './headers/security-headers.ts';
import { uuidv7 } from './ids.ts';
import type { LastUsed } from './keys/last-used.ts';
import type { KeyVerifier } from './keys/verify-key.ts';
import type { LimitStore } from './limits/limit-store.ts';
import { answer, type Protections, unexpected } from './pipeline.ts';
import { type Reply, refuse } from './reply.ts';
import { respond, respondUnparsed, statusOf } from './respond.ts';
import { createRouter, type Router } from './router.ts';
import type { AnyService } from './service.ts';

export interface GuardOptions {
  /** The services behind the guard. */
  readonly services: readonly AnyService[];
  readonly keys: KeyVerifier;
  readonly limits: LimitStore;
  readonly journal: Pick<Journal, 'append' | 'appendSynced'>;
  readonly clock: Clock;
  /** Notes the last use of each key (K11). Default: not noted. */
  readonly lastUsed?: LastUsed;
  /** Origins that browsers may call from (C1). Default none. */
  readonly corsOrigins?: readonly string[];
  /** Proxies whose X-Forwarded-For is believed, as addresses or CIDR ranges (L4). Default none. */
  readonly trustedProxies?: readonly string[];
  readonly headers?: SecurityHeaderOptions;
  /** Requests worked on at once; beyond it 503 before work is begun (O6). Default 1,000. */
  readonly requestsMax?: number;
  /** Waits for the disk before each answer (AUDIT_SYNC=answer). Default false. */
  readonly syncBeforeAnswer?: boolean;
  /** Hears of exceptions that became a 500 or 503. */
  readonly onError?: (error: unknown, requestId: string) => void;
}

/** What never became a request, and why. */
export type UnparsedCode = 'malformed_request' | 'headers_too_large' | 'request_timeout' | 'internal_error';

export interface Guard {
  readonly router: Router;
  /** Answers a request; never rejects. The answer is in the journal before the promise resolves (A1). */
  handle(request: Request, peer: Peer): Promise<Response>;
  /** Records and answers what never became a request (A1: method `-`). */
  refuseUnparsed(code: UnparsedCode, peer: Peer, error?: unknown): Promise<Response>;
  /** Requests being worked on. */
  readonly inFlight: number;
}

const overloaded = refuse('overloaded', {
  detail: 'Too many requests at once.',
  headers: { 'retry-after': '1' },
});
const auditAway = refuse('audit_unavailable', {
  detail: 'Requests cannot be recorded at the moment.',
  headers: { 'retry-after': '5' },
});

/** Puts every protection around the services. Throws on a wrong option or an incomplete route (R2). */
export function createGuard(options: GuardOptions): Guard {
  const { clock, journal, requestsMax = 1_000, onError = () => {} } = options;
  const router = createRouter(options.services);
  const protections: Protections = { router, keys: options.keys, limits: options.limits, clock };
  const clientAddress = createClientAddress({ trustedProxies: options.trustedProxies ?? [] });
  const answerHeaders = {
    fixed: securityHeaders(options.headers),
    cors: createCors({ origins: options.corsOrigins ?? [] }),
    isPublic: router.isPublic,
  };
  let inFlight = 0;

  const failed = (error: unknown, exchange: Exchange): Reply => {
    const problem = unexpected(error);
    if (problem.code === 'internal_error' || problem.code === 'database_unavailable')
      onError(error, exchange.requestId);
    return problem;
  };

  const replyTo = (exchange: Exchange): Reply | Promise<Reply> =>
    inFlight > requestsMax
      ? overloaded
      : answer(exchange, protections).catch((error) => failed(error, exchange));

  const append = async (entry: AuditEntry): Promise<boolean> => {
    try {
      await (options.syncBeforeAnswer ? journal.appendSynced(entry) : journal.append(entry));
      return true;
    } catch (error) {
      onError(error, entry.requestId);
      return false;
    }
  };

  const entryOf = (exchange: Exchange, reply: Reply): AuditEntry | undefined => {
    const { key, mounted, clientAddress: address } = exchange;
    if (mounted !== undefined && 'unrecorded' in mounted.route.audit) return undefined;
    const now = clock.now();
    const code = reply.kind === 'problem' ? reply.code : null;
    if (key !== undefined) options.lastUsed?.note(key.id, now, address);
    return requestEntry(exchange, statusOf(reply), code, now, clock.monotonic() - exchange.startedAtMs);
  };

  return {
    router,
    get inFlight() {
      return inFlight;
    },
    async handle(request, peer) {
      const address = clientAddress(peer.address, request.headers);
      const exchange = new Exchange(request, uuidv7(clock.now()), clock.monotonic(), address);
      inFlight += 1;
      try {
        const reply = await replyTo(exchange);
        const entry = entryOf(exchange, reply);
        const isRecorded = entry === undefined || (await append(entry));
        return respond(exchange, isRecorded ? reply : auditAway, answerHeaders, clock.now());
      } finally {
        inFlight -= 1;
      }
    },
    async refuseUnparsed(code, peer, error) {
      const now = clock.now();
      const entry = unparsedEntry(code, clientAddress(peer.address, noHeaders), now);
      if (code === 'internal_error') onError(error, entry.requestId);
      await append(entry);
      return respondUnparsed(refuse(code), entry.requestId, answerHeaders);
    },
  };
}

const noHeaders = new Headers();

import { createClientAddress } from './addresses/client-address.ts';
import { type Blocks, noBlocks } from './blocks/block-refusal.ts';
import type { Clock } from './clock.ts';
import { errorCodes } from './error-codes.ts';
import { Exchange, headersOf, type Peer } from './exchange.ts';
import { createCors } from './headers/cors.ts';
import { type SecurityHeaderOptions, securityHeaders } from './headers/security-headers.ts';
import { uuidv7 } from './ids.ts';
import type { KeyUses } from './keys/key-uses.ts';
import type { LastUsed } from './keys/last-used.ts';
import type { KeyVerifier } from './keys/verify-key.ts';
import { type AddressLimits, defaultAddressLimits } from './limits/addresses/address-limits.ts';
import { createAddressWindows } from './limits/addresses/address-windows.ts';
import type { LimitStore } from './limits/limit-store.ts';
import { admitUnparsed, answer, type Protections, unexpected } from './pipeline.ts';
import { auditAway, createRecorder, type RequestJournal } from './recorder.ts';
import { type Problem, type Reply, refuse } from './reply.ts';
import { respond, respondUnparsed } from './respond.ts';
import { createRouter, type Router } from './router.ts';
import type { AnyService } from './service.ts';

export interface GuardOptions {
  /** The services behind the guard. */
  readonly services: readonly AnyService[];
  readonly keys: KeyVerifier;
  readonly limits: LimitStore;
  /** What an address may spend besides (L4); `off`: nothing goes by address. Default `defaultAddressLimits`. */
  readonly addressLimits?: AddressLimits | 'off';
  /** Which addresses are refused altogether (L4). Default none. */
  readonly blocks?: Blocks;
  /** While it does not take changes, requests that would change something are refused before they do (A2). */
  readonly journal: RequestJournal;
  readonly clock: Clock;
  /** Counts the uses of keys that have a maximum of them (K6). Default: such keys are refused. */
  readonly uses?: KeyUses;
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

/** Puts every protection around the services. Throws on a wrong option or an incomplete route (R2). */
export function createGuard(options: GuardOptions): Guard {
  const { clock, journal, requestsMax = 1_000, onError = () => {} } = options;
  const router = createRouter(options.services);
  const { keys, limits, uses = noUses, blocks = noBlocks, addressLimits = defaultAddressLimits } = options;
  const addressWindows = createAddressWindows(addressLimits === 'off' ? undefined : addressLimits);
  const takesChanges = () => journal.takesChanges ?? true;
  const protections: Protections = {
    ...{ router, keys, blocks, limits, addressWindows, uses, clock, takesChanges },
  };
  const clientAddress = createClientAddress({ trustedProxies: options.trustedProxies ?? [] });
  const answerHeaders = {
    fixed: securityHeaders(options.headers),
    cors: createCors({ origins: options.corsOrigins ?? [] }),
    routesAt: router.routesAt,
  };
  let inFlight = 0;

  const recorder = createRecorder({
    journal,
    clock,
    lastUsed: options.lastUsed,
    syncBeforeAnswer: options.syncBeforeAnswer ?? false,
    onError,
  });

  const failed = (error: unknown, requestId: string): Reply => {
    const problem = unexpected(error);
    if (errorCodes[problem.code].status >= 500) onError(error, requestId);
    return problem;
  };

  const replyTo = (exchange: Exchange): Reply | Promise<Reply> => {
    try {
      const reply = answer(exchange, protections);
      return reply instanceof Promise ? reply.catch((error) => failed(error, exchange.requestId)) : reply;
    } catch (error) {
      return failed(error, exchange.requestId);
    }
  };

  /** A limit that cannot be checked changes nothing here: it is refused in any case. */
  const unparsed = async (code: UnparsedCode, address: string): Promise<Problem> => {
    const refusal = await admitUnparsed(address, protections);
    return refusal === undefined || errorCodes[refusal.code].status >= 500 ? refuse(code) : refusal;
  };

  return {
    router,
    get inFlight() {
      return inFlight;
    },
    async handle(request, peer) {
      const headers = headersOf(request, peer);
      const exchange = new Exchange(request, peer, {
        headers,
        clientAddress: clientAddress(peer.address, headers),
        requestId: uuidv7(clock.now()),
        startedAtMs: clock.monotonic(),
      });
      inFlight += 1;
      try {
        const answering = inFlight > requestsMax ? overloaded : replyTo(exchange);
        const reply = answering instanceof Promise ? await answering : answering;
        const recording = recorder.answered(exchange, reply);
        const isRecorded = recording instanceof Promise ? await recording : recording;
        return respond(exchange, isRecorded ? reply : auditAway, answerHeaders, clock.now());
      } finally {
        inFlight -= 1;
      }
    },
    async refuseUnparsed(code, peer, error) {
      const address = clientAddress(peer.address, noHeaders);
      const problem = code === 'internal_error' ? refuse(code) : await unparsed(code, address);
      const requestId = await recorder.unparsed(problem.code, address);
      if (code === 'internal_error') onError(error, requestId);
      return respondUnparsed(problem, requestId, answerHeaders);
    },
  };
}

const noHeaders = new Headers();
const noUses: KeyUses = { take: async () => false };

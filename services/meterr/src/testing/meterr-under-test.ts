import {
  errorCodes,
  type FieldError,
  isProblem,
  type KeyCaller,
  type Problem,
  type Reply,
  type RequestContext,
  refuse,
} from '@keyward/guard';
import { createTestDatabase, type FakeClock, fakeClock, type TestDatabase } from '@keyward/guard/testing';
import type { ZodType } from 'zod';
import { budgetsHandlers } from '../budgets/handlers.ts';
import { meterrContract } from '../contract.ts';
import { costsHandlers } from '../costs/handlers.ts';
import { CatalogueCache } from '../prices/catalogue.ts';
import { pricesHandlers } from '../prices/handlers.ts';
import { seedPrices } from '../prices/seed-prices.ts';
import type { providersContract } from '../providers/contract.ts';
import type { proxyContract } from '../proxy/contract.ts';
import { summaryHandlers } from '../summary/handlers.ts';
import { teamsHandlers } from '../teams/handlers.ts';
import { tokensHandlers } from '../tokens/handlers.ts';
import type { EncodingForModel, TokenCounter } from '../tokens/token-counter.ts';
import { usageHandlers } from '../usage/handlers.ts';

type RouteName = Exclude<
  keyof typeof meterrContract,
  keyof typeof providersContract | keyof typeof proxyContract
>;

export interface Sent {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

export interface Got {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** The text at `name` of the body; fails when it is none. */
  text(name: string): string;
  /** `data` of the body; fails when it is no list. */
  list(): readonly Readonly<Record<string, unknown>>[];
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  readonly audited: readonly string[];
}

export interface MeterrUnderTest extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly catalogue: CatalogueCache;
  /** Judges the input by the route's schemas, as the pipeline does, and calls the handler. */
  call(route: RouteName, caller: KeyCaller, sent: Sent): Promise<Got>;
}

/** The moment at which the tests' clock stands. */
export const testNowMs = Date.UTC(2026, 10, 1, 12);

const letters: TokenCounter = { count: async (text) => ({ ok: true, count: text.length }) };
const oneEncoding: EncodingForModel = (model) =>
  model.startsWith('claude')
    ? { encoding: 'o200k_base', exactness: 'estimated' }
    : { encoding: 'cl100k_base', exactness: 'exact' };

/** The handlers over a database of their own with the real catalogue; a token is a letter unless said otherwise. */
export async function meterrUnderTest(counter: TokenCounter = letters): Promise<MeterrUnderTest> {
  const migrations = { name: 'meterr', folder: new URL('../../migrations', import.meta.url) };
  const database = await createTestDatabase(migrations);
  const clock = fakeClock(testNowMs);
  await seedPrices(database, clock);
  const catalogue = new CatalogueCache(database, clock);
  const handlers = {
    ...tokensHandlers({ database, clock, catalogue, counter, encodingForModel: oneEncoding }),
    ...summaryHandlers({ database, clock }),
    ...usageHandlers({ database, clock, catalogue }),
    ...costsHandlers({ database, clock }),
    ...pricesHandlers({ database, clock, catalogue }),
    ...budgetsHandlers({ database, clock }),
    ...teamsHandlers({ database, clock }),
  };
  return {
    database,
    clock,
    catalogue,
    async call(route, caller, sent) {
      const audited: string[] = [];
      const input = parse(route, sent);
      if (isProblem(input)) return shown(input, audited);
      const handle = handlers[route] as (input: unknown, context: RequestContext) => Promise<Reply>;
      const reply = await handle(input, fakeContext(caller, audited));
      return shown(reply, audited);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** A key of `userId` in that environment. */
export function keyOf(userId: string, more: Partial<KeyCaller> = {}): KeyCaller {
  return {
    kind: 'key',
    keyId: `key-of-${userId}`,
    userId,
    role: 'user',
    service: 'meterr',
    environment: 'live',
    scopes: new Set([
      'tokens:read',
      'tokens:write',
      'usage:read',
      'usage:write',
      'budgets:write',
      'teams:write',
    ]),
    ...more,
  };
}

function fakeContext(caller: KeyCaller, audited: string[]): RequestContext {
  const context: RequestContext = {
    requestId: 'request',
    caller,
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    audited(...ids) {
      // As in the product, it is a method: taken out of its context it fails.
      if (this !== context) throw new Error('audited belongs to its context');
      audited.push(...ids);
    },
  };
  return context;
}

function parse(route: RouteName, sent: Sent): Problem | Record<string, unknown> {
  const request: { params?: unknown; query?: unknown; body?: unknown } = meterrContract[route].request;
  const schemas = {
    params: request.params,
    query: request.query,
    body: (request.body as { schema?: unknown } | undefined)?.schema,
  };
  const input: Record<string, unknown> = {};
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = schemas[part] as ZodType | undefined;
    if (schema === undefined) continue;
    const parsed = schema.safeParse(sent[part] ?? {});
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ path, message }) => ({
        pointer: `${part === 'body' ? '' : part}/${path.join('/')}`,
        message,
      }));
      return refuse('invalid_request', { errors });
    }
    input[part] = parsed.data;
  }
  return input;
}

function shown(reply: Reply, audited: readonly string[]): Got {
  const isRefused = isProblem(reply);
  const body = !isRefused && reply.kind === 'json' ? JSON.parse(JSON.stringify(reply.body ?? {})) : {};
  return {
    status: isRefused ? errorCodes[reply.code].status : reply.status,
    code: isRefused ? reply.code : undefined,
    body,
    errors: (isRefused && reply.errors) || [],
    headers: reply.headers ?? {},
    audited,
    text: (name) => {
      if (typeof body[name] !== 'string') throw new Error(`No text at ${name} of ${JSON.stringify(body)}`);
      return body[name];
    },
    list: () => {
      if (!Array.isArray(body.data)) throw new Error(`No list in ${JSON.stringify(body)}`);
      return body.data;
    },
  };
}

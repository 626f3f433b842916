import type { KeyCaller, nobody, Reply } from '@keyward/guard';
import { createTestDatabase, type FakeClock, fakeClock, type TestDatabase } from '@keyward/guard/testing';
import { metadataContract } from '../contract.ts';
import { metadataService } from '../service.ts';

type RouteName = keyof typeof metadataContract;

export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer, flattened for assertions. */
export interface Answer {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the answers of all routes
  readonly body: any;
  readonly errors: readonly { pointer: string; message: string }[];
  readonly audited: readonly string[];
}

export interface MetadataBed extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  /** A caller with keys of its own. */
  caller(userId: string, environment?: 'live' | 'test'): KeyCaller;
  /** Calls a handler with its input validated as the contract says. */
  call(route: RouteName, caller: KeyCaller | typeof nobody, call?: Call): Promise<Answer>;
}

/** The service on a database of its own, without HTTP. */
export async function createMetadataBed(): Promise<MetadataBed> {
  const folder = new URL('../../migrations', import.meta.url);
  const database = await createTestDatabase({ name: 'metadata', folder });
  const clock = fakeClock();
  const service = metadataService({ database, clock });
  return {
    database,
    clock,
    caller: (userId, environment = 'live') => ({
      kind: 'key',
      keyId: `key-of-${userId}`,
      userId,
      role: 'user',
      service: 'metadata',
      environment,
      scopes: new Set(['metadata:read', 'metadata:write']),
    }),
    async call(route, caller, call = {}) {
      const audited: string[] = [];
      const context = {
        requestId: 'request',
        caller,
        clientAddress: '192.0.2.1',
        signal: new AbortController().signal,
        audited: (...ids: string[]) => audited.push(...ids),
      };
      const input = validated(route, call);
      if (Array.isArray(input)) return { ...invalid, errors: input };
      const handler = service.handlers[route] as (input: unknown, context: unknown) => Reply | Promise<Reply>;
      return { ...flatten(await handler(input, context)), audited };
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const invalid: Answer = {
  status: undefined,
  code: 'invalid_request',
  headers: {},
  body: undefined,
  errors: [],
  audited: [],
};

function validated(route: RouteName, call: Call) {
  const input: Record<string, unknown> = { body: call.body };
  for (const part of ['params', 'query', 'headers'] as const) {
    const request: Record<string, unknown> = metadataContract[route].request;
    const schema = request[part] as { safeParse(value: unknown): Parsed } | undefined;
    const parsed = schema?.safeParse(call[part] ?? {});
    if (parsed?.error) {
      return parsed.error.issues.map(({ path, message }) => ({
        pointer: [part, ...path.map(String)].join('/'),
        message,
      }));
    }
    input[part] = parsed?.data;
  }
  return input;
}

interface Parsed {
  readonly data?: unknown;
  readonly error?: { readonly issues: readonly { path: readonly PropertyKey[]; message: string }[] };
}

function flatten(reply: Reply): Omit<Answer, 'audited'> {
  if (reply.kind === 'problem') {
    return { ...invalid, code: reply.code, errors: reply.errors ?? [] };
  }
  return { status: reply.status, code: undefined, headers: reply.headers, body: reply.body, errors: [] };
}

import { type KeyCaller, type nobody, openKeyring, type Reply, rootKeyFrom } from '@keyward/guard';
import { createTestDatabase, type FakeClock, fakeClock, type TestDatabase } from '@keyward/guard/testing';
import { collectionHandlers } from '../collections/collection-handlers.ts';
import { collectionsContract } from '../collections/collections-contract.ts';
import { contentsContract } from '../collections/contents/contents-contract.ts';
import { contentsHandlers } from '../collections/contents/contents-handlers.ts';
import { deletedCollectionsContract } from '../collections/deleted/deleted-collections-contract.ts';
import { deletedCollectionsHandlers } from '../collections/deleted/deleted-collections-handlers.ts';
import { freezeCollectionContract } from '../collections/freeze/freeze-collection-contract.ts';
import { freezeCollectionHandlers } from '../collections/freeze/freeze-collection-handlers.ts';
import { batchContract } from '../documents/batch/batch-contract.ts';
import { batchHandlers } from '../documents/batch/batch-handlers.ts';
import { deletedContract } from '../documents/deleted/deleted-contract.ts';
import { deletedHandlers } from '../documents/deleted/deleted-handlers.ts';
import { documentHandlers } from '../documents/document-handlers.ts';
import { documentsContract } from '../documents/documents-contract.ts';
import { freezeContract } from '../documents/freeze/freeze-contract.ts';
import { freezeHandlers } from '../documents/freeze/freeze-handlers.ts';
import { freezeProofs } from '../documents/freeze/freeze-proofs.ts';
import { historyContract } from '../documents/history/history-contract.ts';
import { historyHandlers } from '../documents/history/history-handlers.ts';
import { createTokenUriCache } from '../token-uris/token-uri-cache.ts';
import { tokenUriHandlers } from '../token-uris/token-uri-handlers.ts';
import { tokenUrisContract } from '../token-uris/token-uris-contract.ts';

const contract = {
  ...documentsContract,
  ...batchContract,
  ...historyContract,
  ...deletedContract,
  ...freezeContract,
  ...collectionsContract,
  ...contentsContract,
  ...deletedCollectionsContract,
  ...freezeCollectionContract,
  ...tokenUrisContract,
};
type RouteName = keyof typeof contract;

export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Leaves a streamed body for `read()`. */
  readonly unread?: boolean;
}

/** The fields of every route's answer; each answer has some of them. */
export interface AnswerBody {
  readonly id: string;
  readonly collection: string;
  readonly token_uri: string;
  readonly version: number;
  readonly cid: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly document: Readonly<Record<string, unknown>>;
  readonly data: readonly AnswerBody[];
  readonly index: number;
  readonly status: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly code: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
  readonly refresh: readonly { readonly from_token_id: string; readonly to_token_id: string }[];
  readonly patch: readonly unknown[];
  readonly proof: string;
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  readonly next_cursor: string | null;
  readonly name: string;
  readonly documents: number;
  readonly newly_frozen: number;
  readonly frozen_at: string;
}

/** An answer, flattened for assertions. */
export interface Answer {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
  /** What came as bytes. */
  readonly text: string | undefined;
  /** What came as a stream. */
  readonly bytes: Uint8Array | undefined;
  read(): Promise<Uint8Array>;
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

/** Documents, collections and token URIs on a database of their own, without HTTP. */
export async function createMetadataBed(): Promise<MetadataBed> {
  const folder = new URL('../../migrations', import.meta.url);
  const database = await createTestDatabase({ name: 'metadata', folder });
  const clock = fakeClock();
  const keyring = await openKeyring(database, rootKeyFrom('a root secret of these tests only'), clock);
  const deps = { database, clock, tokenUris: createTokenUriCache({ clock }), proofs: freezeProofs(keyring) };
  const handlers = {
    ...documentHandlers(deps),
    ...batchHandlers(deps),
    ...historyHandlers(deps),
    ...deletedHandlers(deps),
    ...freezeHandlers(deps),
    ...collectionHandlers(deps),
    ...contentsHandlers(deps),
    ...deletedCollectionsHandlers(deps),
    ...freezeCollectionHandlers(deps),
    ...tokenUriHandlers(deps),
  };
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
      const handler = handlers[route] as (input: unknown, context: unknown) => Reply | Promise<Reply>;
      const answer = flatten(await handler(input, context));
      return { ...answer, bytes: call.unread ? undefined : await answer.read(), audited };
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const invalid: Answer = {
  status: undefined,
  code: 'invalid_request',
  detail: undefined,
  headers: {},
  body: undefined as unknown as AnswerBody,
  text: undefined,
  bytes: undefined,
  read: async () => new Uint8Array(),
  errors: [],
  audited: [],
};

function validated(route: RouteName, call: Call) {
  const { body } = contract[route].request as { body?: { schema: { safeParse(value: unknown): Parsed } } };
  const read = body?.schema.safeParse(call.body);
  if (read?.error) {
    return read.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message }));
  }
  const input: Record<string, unknown> = { body: read?.data };
  for (const part of ['params', 'query', 'headers'] as const) {
    const request: Record<string, unknown> = contract[route].request;
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
    return { ...invalid, code: reply.code, detail: reply.detail, errors: reply.errors ?? [] };
  }
  const text = reply.kind === 'bytes' && typeof reply.body === 'string' ? reply.body : undefined;
  const body = (reply.kind === 'json' ? reply.body : text && JSON.parse(text)) as AnswerBody;
  const stream = reply.kind === 'bytes' && reply.body instanceof ReadableStream ? reply.body : null;
  const read =
    stream === null ? invalid.read : async () => new Uint8Array(await new Response(stream).arrayBuffer());
  return { ...invalid, status: reply.status, code: undefined, headers: reply.headers, body, text, read };
}

import {
  createUser,
  errorCodes,
  isProblem,
  type KeyCaller,
  type Reply,
  type RequestContext,
} from '@keyward/guard';
import { createTestDatabase, fakeClock, testKeyring } from '@keyward/guard/testing';
import { deliverWebhooks } from '../deliver/deliver-webhooks.ts';
import { webhookHandlers } from '../webhook-handlers.ts';
import { type WebhookReceiver, webhookReceiver } from './webhook-receiver.ts';

export type WebhookBed = Awaited<ReturnType<typeof openWebhookBed>>;

/** Webhooks on a database of their own with a receiver on loopback; changes are made in SQL, as any code makes them. */
export async function openWebhookBed(privateAddressesAllowed = true) {
  const folder = new URL('../../../migrations', import.meta.url);
  const database = await createTestDatabase({ name: 'metadata', folder });
  const clock = fakeClock(Date.now());
  const deps = { database, clock, keyring: testKeyring(), privateAddressesAllowed };
  const handlers = webhookHandlers(deps);
  const receiver: WebhookReceiver = await webhookReceiver();
  const logged: string[] = [];
  const user = await createUser(
    database,
    { email: 'ada@example.com', name: 'Ada', role: 'user' },
    { via: 'cli' },
    clock,
  );
  if (isProblem(user)) throw new Error('the person could not be made');

  function context(userId = user_id, environment: 'live' | 'test' = 'live'): RequestContext<KeyCaller> {
    return {
      ...{ requestId: 'request-1', clientAddress: '192.0.2.1', signal: new AbortController().signal },
      audited: () => {},
      caller: {
        ...{ kind: 'key', keyId: 'key-1', role: 'user', service: 'metadata', scopes: new Set() },
        ...{ userId, environment },
      },
    };
  }
  const user_id = user.id;

  async function call<Input>(
    handler: (input: Input, context: RequestContext<KeyCaller>) => Reply | Promise<Reply>,
    input: Partial<Input>,
    as = context(),
  ) {
    const reply = await handler({ params: {}, query: { limit: 100 }, ...input } as Input, as);
    if (reply.kind === 'problem') return { status: errorCodes[reply.code].status, body: {} as Body };
    return { status: reply.status, body: (reply.kind === 'json' ? reply.body : {}) as Body };
  }

  return {
    ...{ database, clock, deps, handlers, receiver, logged, userId: user.id, context, call },
    async create(events: readonly string[], url = receiver.url) {
      const wish = { url, description: '', events } as never;
      return (await call(handlers.createWebhook, { body: wish })).body;
    },
    /** Makes a document; returns its id. */
    async document(id: string, owner = user.id) {
      await database.pool.query(
        `INSERT INTO metadata (id, user_id, environment, version, cid, standards, name, search_text, traits, document,
           document_bytes, change, created_at, updated_at)
         VALUES ($1, $2, 'live', 1, 'bafy1', '{}', '', '', '{}', '{}', 2, 'create', now(), now())`,
        [id, owner],
      );
      return id;
    },
    async change(id: string) {
      await database.pool.query(
        `UPDATE metadata SET version = version + 1, cid = 'bafy' || version + 1 WHERE id = $1`,
        [id],
      );
    },
    async pass() {
      const write = (...said: unknown[]) => void logged.push(JSON.stringify(said));
      const log = { info: write, warn: write, error: write };
      await deliverWebhooks(deps).run(undefined, { clock, log, signal: new AbortController().signal });
    },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

interface Body {
  readonly id: string;
  readonly secret: string;
  readonly state: string;
  readonly disabled_because: string | null;
  readonly previous_valid_until: string;
  readonly replayed: number;
  readonly data: readonly Body[];
  readonly attempts: number;
  readonly last_status: number | null;
  readonly type: string;
}

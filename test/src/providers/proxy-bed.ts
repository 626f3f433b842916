import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { type LoopbackProvider, startLoopbackProvider } from './loopback-provider.ts';

/** An event as `GET /v1/usage` shows it. */
export interface BookedCall {
  readonly event_id: string;
  readonly provider: string;
  readonly model: string;
  readonly cost: string | null;
  readonly priced: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly [tokenClass: string]: unknown;
}

export interface ProxyBed extends AsyncDisposable {
  readonly provider: LoopbackProvider;
  readonly nodes: readonly Keyward[];
  readonly databaseUrl: string;
  readonly key: IssuedKey;
  readonly authorization: Readonly<Record<string, string>>;
  /** A JSON body to a node, the first by default. */
  post(path: string, body: unknown, more?: PostOptions): Promise<Response>;
  /** What was booked for the call that was answered under this request id. */
  booked(requestId: string): Promise<BookedCall[]>;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly node?: number;
  readonly signal?: AbortSignal;
}

export const providerKey = 'sk-provider-0123456789abcdefgh';

/** Nodes of the product on one database, a provider on loopback, and somebody's key with an account at it. */
export async function proxyBed({
  nodes: count = 1,
  environment = {},
}: {
  nodes?: number;
  environment?: Readonly<Record<string, string>>;
} = {}): Promise<ProxyBed> {
  await using stack = new AsyncDisposableStack();
  const provider = stack.use(await startLoopbackProvider());
  const database = stack.adopt(await createOwnDatabase(inject('postgresUrl')), (own) => own.drop());
  const redis = count > 1 ? { REDIS_URL: inject('redisUrl') ?? '' } : {};
  const secret = randomBytes(32).toString('base64');
  const nodes: Keyward[] = [];
  for (let at = 0; at < count; at += 1) {
    const urls = `${provider.url}/v1,${provider.url}`;
    const settings = {
      ...{ DATABASE_URL: database.url, KEYWARD_SECRET: secret, PROVIDER_BASE_URLS: urls },
      ...redis,
      ...environment,
    };
    const node = stack.use(await Keyward.create({ environment: settings }));
    nodes.push(await node.start());
  }
  const [first] = nodes as [Keyward];
  await createPerson(first, 'ada');
  const key = await issueKey(first, 'ada', { service: 'meterr' });
  const authorization = { authorization: `Bearer ${key.key}` };
  const post: ProxyBed['post'] = (path, body, { headers = {}, node = 0, signal } = {}) =>
    (nodes[node] ?? first).fetch(path, {
      method: 'POST',
      headers: { ...authorization, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  await connect(post, provider);
  const owned = stack.move();
  return {
    ...{ provider, nodes, databaseUrl: database.url, key, authorization, post },
    async booked(requestId) {
      const path = `/v1/usage?decimals=all&event_id=proxy:${requestId}`;
      const answer = await first.fetch(path, { headers: authorization });
      return ((await answer.json()) as { data: BookedCall[] }).data;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function connect(post: ProxyBed['post'], provider: LoopbackProvider): Promise<void> {
  const accounts = { openai: '/v1', anthropic: '', google: '' };
  for (const [name, path] of Object.entries(accounts)) {
    const body = { provider: name, api_key: providerKey, base_url: `${provider.url}${path}` };
    const connected = await post('/v1/providers', body);
    if (connected.status !== 201) throw new Error(await connected.text());
  }
}

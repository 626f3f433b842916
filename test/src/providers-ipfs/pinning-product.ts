import { setTimeout as delay } from 'node:timers/promises';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { type IpfsProviders, startIpfsProviders } from './ipfs-providers.ts';

export interface Pin {
  readonly id: string;
  readonly provider: string;
  readonly kind: string;
  readonly object_id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly cid: string;
  readonly provider_cid: string | null;
  readonly retrieval: { readonly result: string; readonly blocks: number | null } | null;
}

export interface PinningProduct extends AsyncDisposable {
  readonly keyward: Keyward;
  readonly databaseUrl: string;
  readonly providers: IpfsProviders;
  readonly key: IssuedKey;
  /** JSON of an answer, which must be below 300. */
  call<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  pins(query?: string): Promise<Pin[]>;
  /** Stores tokens of a collection, or a new version of each. */
  write(collection: string, count: number, note: string): Promise<void>;
  directoryCid(collection: string): Promise<string>;
  /** Waits until each provider keeps exactly what is said, each once, and the rows say the same. */
  untilKept(cids: readonly string[]): Promise<void>;
}

/** The product on a database of its own, with providers on this machine and one person's key. */
export async function startPinningProduct(postgresUrl: string): Promise<PinningProduct> {
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(await createOwnDatabase(postgresUrl), (own) => own.drop());
  const providers = stack.use(await startIpfsProviders());
  const keyward = stack.use(
    await Keyward.create({
      environment: {
        ...providers.environment,
        ...{ DATABASE_URL: database.url, LOG_LEVEL: 'debug', SECURITY_CONTACT: 'ops@example.com' },
      },
    }),
  );
  await keyward.start();
  await createPerson(keyward, 'ada');
  const key = await issueKey(keyward, 'ada');
  const send = (method: string, path: string, body?: unknown) =>
    keyward.fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${key.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const product: PinningProduct = {
    ...{ keyward, providers, key, databaseUrl: database.url },
    async call<Body>(method: string, path: string, body?: unknown) {
      const answer = await send(method, path, body);
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as Body;
    },
    pins: async (query = '') =>
      (await product.call<{ data: Pin[] }>('GET', `/api/metadata/pins?limit=100${query}`)).data,
    async write(collection, count, note) {
      for (let from = 0; from < count; from += 1000) {
        const items = Array.from({ length: Math.min(1000, count - from) }, (_, n) => ({
          ...{ collection, token_id: String(from + n) },
          document: { name: `${note} ${from + n}` },
        }));
        const created = await send('POST', '/api/metadata/batch', { items });
        if (created.status === 201) await created.body?.cancel();
        else await product.call('PUT', '/api/metadata/batch', { items });
      }
    },
    async directoryCid(collection) {
      return (await product.call<{ cid: string }>('GET', `/api/collections/${collection}/directory`)).cid;
    },
    async untilKept(cids) {
      const wanted = cids.toSorted();
      await until(`kept: ${wanted}`, async () => {
        const { pinata, service } = providers.kept();
        const rows = await product.pins();
        return (
          String(pinata.toSorted()) === String(wanted) &&
          String(service.toSorted()) === String(wanted) &&
          rows.length === 2 * wanted.length &&
          rows.every(({ state }) => state === 'pinned')
        );
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  const owned = stack.move();
  return product;
}

/** Waits for something that takes as long as the machine needs. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + 100_000;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`in vain: ${what}`);
    await delay(200);
  }
}

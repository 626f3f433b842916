import { CarReader } from '@ipld/car';
import { importer } from 'ipfs-unixfs-importer';
import { tokenDocument } from './tokens.ts';

/** Calls a running server as its owner does. Throws on any answer but the one awaited. */
export interface Client {
  readonly url: string;
  readonly key: string;
}

export async function send(
  { url, key }: Client,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Sends one batch of documents of a collection and gives the milliseconds until the whole answer is here. */
export async function sendBatch(
  client: Client,
  collection: string,
  first: number,
  count: number,
): Promise<number> {
  const items = Array.from({ length: count }, (_, n) => ({
    collection,
    token_id: String(first + n),
    document: tokenDocument(first + n),
  }));
  const start = performance.now();
  await (await send(client, 'POST', '/api/metadata/batch', { items })).arrayBuffer();
  return performance.now() - start;
}

/** The root that the reference importer gives to a collection whose documents are these texts. */
export async function referenceRoot(texts: ReadonlyMap<string, string>): Promise<string> {
  const store = { put: async (cid: unknown) => cid };
  const files = [...texts].map(([path, text]) => ({ path, content: Buffer.from(text) }));
  let root = '';
  const options = { profile: 'unixfs-v1-2025', wrapWithDirectory: true } as const;
  for await (const { cid } of importer(files, store as never, options)) root = cid.toString();
  return root;
}

/** The root and the number of blocks of a CAR, read as it arrives. */
export async function readCar(
  client: Client,
  collection: string,
): Promise<{ root: string; blocks: number; bytes: number }> {
  const answer = await send(client, 'GET', `/api/collections/${collection}/car`);
  const content = new Uint8Array(await answer.arrayBuffer());
  const reader = await CarReader.fromBytes(content);
  let blocks = 0;
  for await (const _ of reader.cids()) blocks += 1;
  return { root: String((await reader.getRoots())[0]), blocks, bytes: content.byteLength };
}

/** Every token URI's text, by its token id, and the milliseconds it took. */
export async function readTokens(
  { url }: Client,
  collectionId: string,
  count: number,
): Promise<{ texts: Map<string, string>; ms: number }> {
  const texts = new Map<string, string>();
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const id = String(next++);
      const answer = await fetch(`${url}/t/${collectionId}/${id}`);
      if (answer.status !== 200) throw new Error(`token ${id}: ${answer.status}`);
      texts.set(id, await answer.text());
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return { texts, ms: performance.now() - start };
}

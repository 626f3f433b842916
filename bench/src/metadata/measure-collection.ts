import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '../http/server-process.ts';
import { type Client, readCar, readTokens, referenceRoot, send, sendBatch } from './collection-steps.ts';

export interface CollectionFigures {
  readonly id: string;
  readonly wholeMs: number;
  readonly documentsMs: number;
  readonly directoryMs: number;
  readonly carMs: number;
  readonly urisMs: number;
  readonly car: { readonly blocks: number; readonly bytes: number };
  /** Bytes of the serving process. */
  readonly residentBefore: number;
  readonly residentMax: number;
}

/** A collection over HTTP: documents in batches, its directory CID, one CAR, every token URI. Throws when a root is wrong. */
export async function measureCollection(
  client: Client,
  server: ServerProcess,
  tokens: number,
): Promise<CollectionFigures> {
  const watch = await watchResident(server);
  const from = performance.now();
  for (let first = 0; first < tokens; first += 1_000) await sendBatch(client, 'embers', first, 1_000);
  const kept = performance.now();
  const directory = await json<{ cid: string }>(client, 'GET', '/api/collections/embers/directory');
  const named = performance.now();
  const car = await readCar(client, 'embers');
  const exported = performance.now();
  const { id } = await json<{ id: string }>(client, 'POST', '/api/collections/embers/publish');
  const read = await readTokens(client, id, tokens);
  const wholeMs = performance.now() - from;
  const resident = await watch.stop();
  const reference = await referenceRoot(read.texts);
  if (directory.cid !== reference || car.root !== reference)
    throw new Error(`the importer gives ${reference}, we ${directory.cid}, the CAR ${car.root}`);
  return {
    ...{ id, wholeMs, car },
    documentsMs: kept - from,
    directoryMs: named - kept,
    carMs: exported - named,
    urisMs: read.ms,
    residentBefore: resident.before,
    residentMax: resident.max,
  };
}

async function json<T>(client: Client, method: string, path: string): Promise<T> {
  return (await (await send(client, method, path)).json()) as T;
}

async function watchResident(server: ServerProcess) {
  const { resident: before } = await server.memory('collected');
  let max = before;
  let isWatching = true;
  // One question at a time: the server answers them in turn.
  const watching = (async () => {
    while (isWatching) {
      max = Math.max(max, (await server.memory()).resident);
      await delay(200);
    }
  })();
  return {
    async stop() {
      isWatching = false;
      await watching;
      return { before, max };
    },
  };
}

import type { LoadFigures, LoadGenerator } from '../http/load.ts';
import { orderPath } from '../http/order.ts';
import type { ServerProcess } from '../http/server-process.ts';
import { anyAddress, floodKeys } from './flood-rounds.ts';
import { inventions } from './invented-keys.ts';

const steadyConnections = 8;
const floodConnections = 64;

export interface SteadyFigures {
  readonly before: readonly LoadFigures[];
  readonly during: readonly LoadFigures[];
  readonly after: readonly LoadFigures[];
  /** What the flood beside them got refused. */
  readonly flood: readonly LoadFigures[];
}

/** Clients with real keys on 8 connections: by themselves, beside a flood on 64, and by themselves again. */
export async function measureSteadyClients(
  { url, drain }: ServerProcess,
  load: LoadGenerator,
  keys: readonly string[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<SteadyFigures> {
  const steady = async (): Promise<LoadFigures> => {
    const figures = await load.run({ url: url + orderPath, connections: steadyConnections, seconds, keys });
    if (figures.failures > 0) throw new Error(`${figures.failures} requests with real keys failed`);
    return figures;
  };
  const flooding = (): Promise<LoadFigures> => {
    // It begins a little earlier and ends a little later.
    const invented = floodKeys(inventions, keys, (seconds + 1) * 10_000);
    const options = { connections: floodConnections, seconds: seconds + 1, keys: invented };
    return load.run({ ...options, url: url + orderPath, addresses: invented.map(anyAddress) });
  };
  const [before, during, after, flood]: LoadFigures[][] = [[], [], [], []];
  for (let round = 0; round <= rounds; round += 1) {
    const alone = await steady();
    const [beside, refused] = await Promise.all([steadyLater(steady), flooding()]);
    const again = await steady();
    await drain();
    // Round 0 is for the compilers and the cache.
    if (round === 0) continue;
    before?.push(alone);
    during?.push(beside);
    after?.push(again);
    flood?.push(refused);
  }
  return { before: before ?? [], during: during ?? [], after: after ?? [], flood: flood ?? [] };
}

async function steadyLater(steady: () => Promise<LoadFigures>): Promise<LoadFigures> {
  await new Promise((resolve) => setTimeout(resolve, 700));
  return steady();
}

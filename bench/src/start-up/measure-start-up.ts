import { setTimeout as delay } from 'node:timers/promises';
import { Keyward } from '@keyward/test/keyward';
import { proportionalMemory } from './proportional-memory.ts';

export interface StartUpFigures {
  /** From nothing to listening, with the embedded database: it is made. Milliseconds. */
  readonly firstMs: number;
  /** The same data folder again. */
  readonly laterMs: readonly number[];
  /** Bytes of the node, its supervisor and the database together; undefined where no /proc tells. */
  readonly idleBytes: number | undefined;
}

/** P13: starts the product as its users do, on the embedded database, `rounds` times over on one folder. */
export async function measureStartUp(options: { rounds: number; idleMs: number }): Promise<StartUpFigures> {
  await using keyward = await Keyward.create();
  const firstMs = await timed(() => keyward.start());
  const laterMs: number[] = [];
  let idleBytes: number | undefined;
  for (let round = 0; round < options.rounds; round += 1) {
    await keyward.stop();
    laterMs.push(await timed(() => keyward.start()));
    if (round > 0) continue;
    await delay(options.idleMs);
    idleBytes = proportionalMemory(keyward.dataFolder);
  }
  return { firstMs, laterMs, idleBytes };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

import { type BlockTable, createBlockTable, followBlocks } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { neverBlocked } from './address-settings.ts';
import type { Installation } from './installation.ts';

export interface NodeBlocks {
  readonly table: BlockTable;
  stop(): Promise<void>;
}

/** Reads the blocks in force and keeps up with them. `database`: connections that no request keeps busy. */
export async function openBlocks(installation: Installation, database: Database): Promise<NodeBlocks> {
  const { config, clock, directUrl, log } = installation;
  const table = createBlockTable({
    clock,
    neverBlock: neverBlocked(config),
    onFull: () => log.error('there are more blocks than a node keeps; some do not hold'),
  });
  const followed = await followBlocks({
    ...{ database, url: directUrl, table },
    onError: (error) => log.warn({ err: error }, 'changes of blocks are not heard; those in memory hold'),
  });
  return { table, stop: () => followed.stop() };
}

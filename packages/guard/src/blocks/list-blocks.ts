import { and, desc, eq, lt, or } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { type Block, blockColumns, inForceAt } from './block.ts';
import { blocks } from './schema.ts';

export interface BlocksFilter {
  readonly limit: number;
  /** Those that have ended too. Default false. */
  readonly includesEnded?: boolean;
  /** The last block of the page before. */
  readonly after?: { readonly id: string; readonly createdAt: Date } | undefined;
}

/** Blocks, newest first. */
export async function listBlocks(
  { orm }: Database,
  { limit, includesEnded = false, after }: BlocksFilter,
  nowMs: number,
): Promise<Block[]> {
  const { createdAt, id } = blocks;
  return orm
    .select(blockColumns)
    .from(blocks)
    .where(
      and(
        includesEnded ? undefined : inForceAt(nowMs),
        after && or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id))),
      ),
    )
    .orderBy(desc(createdAt), desc(id))
    .limit(limit);
}

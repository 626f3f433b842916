import type { Job } from '@keyward/guard';
import { and, eq, isNotNull, notExists, type SQL, sql } from 'drizzle-orm';
import { collections, metadata } from '../../documents/tables.ts';
import { media } from '../../media/media-table.ts';
import type { PinningDeps } from '../pinning-deps.ts';
import { pins, untried } from '../pins-table.ts';

/** Gives up pins of what was deleted for good: a document whose 30 days are over, a file, a collection (N6). */
export function giveUpGone({ database: { orm } }: PinningDeps): Job<'metadata-pins-of-gone'> {
  const giveUp = async (isGone: SQL | undefined, now: Date) => {
    await orm
      .update(pins)
      .set({
        ...{ wish: 'remove', ...untried, updatedAt: now, nextTryAt: now },
        state: sql`CASE WHEN ${pins.state} = 'sending' THEN 'sending' ELSE 'queued' END`,
      })
      .where(and(eq(pins.wish, 'keep'), isGone));
  };
  return {
    name: 'metadata-pins-of-gone',
    schedule: '@every 60s',
    async run(_input, { clock }) {
      const now = new Date(clock.now());
      for (const [kind, table] of tables) {
        const object = orm.select({ id: table.id }).from(table).where(eq(table.id, pins.objectId));
        await giveUp(and(eq(pins.kind, kind), notExists(object)), now);
      }
      // A file that was pinned for the sake of a collection that is gone.
      const collection = orm
        .select({ id: collections.id })
        .from(collections)
        .where(eq(collections.id, pins.collectionId));
      await giveUp(and(isNotNull(pins.collectionId), notExists(collection)), now);
    },
  };
}

const tables = [
  ['collection', collections],
  ['document', metadata],
  ['media', media],
] as const;

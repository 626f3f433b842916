import type { Job } from '@keyward/guard';
import type { PinningDeps } from '../pinning-deps.ts';

/** Gives up pins of what was deleted for good: a document whose 30 days are over, a file, a collection (N6). */
export function giveUpGone({ database }: PinningDeps): Job<'metadata-pins-of-gone'> {
  return {
    name: 'metadata-pins-of-gone',
    schedule: '@every 60s',
    async run(_input, { clock }) {
      const now = new Date(clock.now());
      for (const [kind, table] of Object.entries(tables)) {
        await database.pool.query(
          `UPDATE pins SET wish = 'remove', tries = 0, updated_at = $2, next_try_at = $2,
             state = CASE WHEN state = 'sending' THEN state ELSE 'queued' END
           WHERE kind = $1 AND wish = 'keep' AND NOT EXISTS (SELECT FROM ${table} WHERE ${table}.id = pins.object_id)`,
          [kind, now],
        );
      }
    },
  };
}

const tables = { collection: 'collections', document: 'metadata', media: 'media' } as const;

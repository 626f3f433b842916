import { sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import type { Job } from '../jobs/job.ts';
import { blocks } from './schema.ts';

const atOnce = 10_000;

/**
 * Writes down which blocks have ended, so that nodes let go of them and the index of those in force stays small. Nobody
 * is kept out until then: a node looks at the time itself. Nothing is deleted.
 */
export function liftExpiredBlocks(database: Database): Job<'lift-expired-blocks'> {
  return {
    name: 'lift-expired-blocks',
    schedule: '@every 60s',
    async run(_input, { clock, signal }) {
      let lifted: number | null;
      do {
        const now = new Date(clock.now()).toISOString();
        const result = await database.orm.execute(sql`
          UPDATE ${blocks} SET removed_at = expires_at
          WHERE id = ANY (ARRAY(SELECT id FROM ${blocks}
            WHERE removed_at IS NULL AND expires_at <= ${now}::timestamptz ORDER BY id LIMIT ${atOnce} FOR UPDATE))`);
        lifted = result.rowCount;
      } while (lifted === atOnce && !signal.aborted);
    },
  };
}

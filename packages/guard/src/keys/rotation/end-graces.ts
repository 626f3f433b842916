import { sql } from 'drizzle-orm';
import { recordChange } from '../../audit/record-change.ts';
import type { Database } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import type { Job } from '../../jobs/job.ts';

/** A statement over more than 1,000 keys tells the nodes once for all of them. */
const atOnce = 10_000;

/**
 * Writes down that rotated keys have stopped (K7). They are refused from the very moment that their grace ends, whether
 * this has run or not: it makes the row say so.
 */
export function endGraces(database: Database): Job<'end-graces'> {
  return {
    name: 'end-graces',
    schedule: '@every 60s',
    async run(_input, { clock, signal }) {
      let ended: number;
      do {
        ended = await database.orm.transaction(async (tx) => {
          const now = new Date(clock.now()).toISOString();
          const { rows } = await tx.execute<{ id: string }>(sql`
            UPDATE ${apiKeys} SET is_active = false, deactivated_at = grace_ends_at
            WHERE id = ANY (ARRAY(SELECT id FROM ${apiKeys}
              WHERE grace_ends_at <= ${now}::timestamptz AND deactivated_at IS NULL
              ORDER BY id LIMIT ${atOnce} FOR UPDATE))
            RETURNING id`);
          const objectIds = rows.map(({ id }) => id);
          const change = {
            action: 'keys.end_grace',
            objectType: 'key',
            objectIds,
            before: { isActive: true },
            after: { isActive: false },
          };
          if (rows.length > 0) await recordChange(tx, { via: 'job' }, change, clock);
          return rows.length;
        });
      } while (ended === atOnce && !signal.aborted);
    },
  };
}

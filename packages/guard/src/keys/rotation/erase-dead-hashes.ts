import { sql } from 'drizzle-orm';
import { recordChange } from '../../audit/record-change.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { apiKeys } from '../../database/schema.ts';
import type { Job } from '../../jobs/job.ts';

const keptMs = 90 * 24 * 60 * 60 * 1000;
const atOnce = 1_000;

/**
 * Erases the hashes of keys that have been dead for 90 days (K7): so long they are kept to recognise a dead key (M2, K12).
 * The rows stay as history.
 */
export function eraseDeadHashes(database: Database): Job<'erase-dead-hashes'> {
  return {
    name: 'erase-dead-hashes',
    schedule: '0 4 * * *',
    async run(_input, { clock, signal }) {
      await dateStopped(database, clock.now());
      let after: string | undefined = '';
      while (after !== undefined && !signal.aborted) after = await eraseBatch(database, clock, after);
    },
  };
}

/** Erases the next ones by id, and gives the last; undefined when there are no more. */
async function eraseBatch({ orm }: Database, clock: Clock, after: string): Promise<string | undefined> {
  return orm.transaction(async (tx) => {
    const before = new Date(clock.now() - keptMs).toISOString();
    // A key that plain SQL made active again lives, whatever date it carries.
    const { rows } = await tx.execute<{ id: string }>(sql`
      WITH dead AS MATERIALIZED (SELECT id FROM ${apiKeys}
        WHERE id > ${after} AND key_hash IS NOT NULL
          AND (revoked_at < ${before}::timestamptz OR expires_at < ${before}::timestamptz
            OR (NOT is_active AND deactivated_at < ${before}::timestamptz))
        ORDER BY id LIMIT ${atOnce} FOR UPDATE),
      erased AS (UPDATE ${apiKeys} SET key_hash = NULL WHERE id IN (SELECT id FROM dead) RETURNING id)
      SELECT id FROM erased ORDER BY id`);
    const change = {
      action: 'keys.erase_hash',
      objectType: 'key',
      objectIds: rows.map(({ id }) => id),
      before: null,
      after: null,
    };
    if (rows.length > 0) await recordChange(tx, { via: 'job' }, change, clock);
    return rows.at(-1)?.id;
  });
}

/** A key that plain SQL made inactive (K10) has no date of that: its days begin when it is first seen. */
async function dateStopped({ orm }: Database, nowMs: number): Promise<void> {
  await orm.execute(sql`UPDATE ${apiKeys} SET deactivated_at = ${new Date(nowMs).toISOString()}::timestamptz
    WHERE NOT is_active AND deactivated_at IS NULL`);
}

import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { remindableKeys, rotationDue } from './remindable-keys.ts';

/** What an owner is reminded of, in the order in which a mail lists it. */
export const reminderKinds = ['expiry', 'rotation', 'never_used', 'unused'] as const;
export type ReminderKind = (typeof reminderKinds)[number];

export interface Reminder {
  readonly about: ReminderKind;
  readonly keyId: string;
  readonly name: string;
  readonly prefix: string;
  readonly lastFour: string;
  /** Unix milliseconds: when it expires, is to be rotated, was made, was last used. */
  readonly atMs: number;
}

export interface OwnersReminders {
  /** The first hundred. */
  readonly listed: readonly Reminder[];
  readonly count: number;
}

const listedMax = 100;

/** Of the keys `k` of an owner `u` there is one to look at. */
export function ownersKeys(now: Date): SQL {
  return sql`EXISTS (SELECT FROM api_keys k WHERE k.user_id = u.id AND ${remindableKeys(now)})`;
}

/**
 * What is newly reached for the keys of these owners (K9), by owner; writes it down as told. Two that do this at the same
 * time wait for each other, and each reminder is given to one of them.
 */
export async function reachedReminders(
  tx: Transaction,
  ownerIds: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, OwnersReminders>> {
  if (ownerIds.length === 0) return new Map();
  const { rows } = await tx.execute<Row>(sql`
    WITH reached AS MATERIALIZED (
      SELECT k.id, k.user_id, k.name, k.prefix, k.last_four, reminder.about, reminder.at, reminder.told_as
      FROM api_keys k CROSS JOIN LATERAL (${stagesOf(now)}) AS reminder (about, at, told_as)
      WHERE k.user_id = ANY (${sql.param(ownerIds)}::text[]) AND ${remindableKeys(now)}
        AND NOT EXISTS (
          SELECT FROM key_reminders told WHERE told.key_id = k.id AND told.kind = reminder.told_as)
    ), told AS (
      -- In one order, so that of two that do this none waits in a circle.
      INSERT INTO key_reminders (key_id, kind, sent_at)
      SELECT id, told_as, ${now.toISOString()}::timestamptz FROM reached ORDER BY id, told_as
      ON CONFLICT DO NOTHING RETURNING key_id, kind
    ), listed AS (
      SELECT reached.*, count(*) OVER (PARTITION BY user_id) AS count,
        row_number() OVER (PARTITION BY user_id
          ORDER BY array_position(${sql.param([...reminderKinds])}::text[], about), at, id) AS place
      FROM reached JOIN told ON told.key_id = reached.id AND told.kind = reached.told_as
    )
    SELECT user_id AS "userId", about, id AS "keyId", left(name, 200) AS name, left(prefix, 100) AS prefix,
      last_four AS "lastFour", extract(epoch FROM at)::float8 * 1000 AS "atMs", count::int AS count
    FROM listed WHERE place <= ${listedMax} ORDER BY user_id, place`);
  return byOwner(rows);
}

type Row = Reminder & { readonly userId: string; readonly count: number; [column: string]: unknown };

function byOwner(rows: readonly Row[]): ReadonlyMap<string, OwnersReminders> {
  const groups = Map.groupBy(rows, ({ userId }) => userId);
  return new Map([...groups].map(([id, listed]) => [id, { listed, count: listed[0]?.count ?? 0 }]));
}

/**
 * The stage that each reminder of the key `k` has reached: of several that were missed the last. It is told once under a
 * name that holds the moment it is about, so that a new expiry, schedule or silence is told anew. A stage that lies
 * before the key was made is none: a key of a week is not expiring the day it is made.
 */
function stagesOf(now: Date): SQL {
  const at = sql`${now.toISOString()}::timestamptz`;
  const day = (moment: SQL) => sql`to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
  const stage = (moment: SQL, days: readonly number[]) => sql`(
    SELECT min(days) FROM unnest(${sql.param(days)}::int[]) AS days
    WHERE ${moment} - days * interval '24 hours' <= ${at} AND ${moment} - days * interval '24 hours' > k.created_at)`;
  const expires = sql`k.expires_at`;
  // What is null is not reached: the joined name is null then.
  return sql`
    SELECT * FROM (
      SELECT 'expiry', k.expires_at, 'expiry:' || ${day(expires)} || ':' || ${stage(expires, [1, 7, 14])}
      UNION ALL
      SELECT 'rotation', ${rotationDue}, 'rotation:' || ${day(rotationDue)} || ':' || ${stage(rotationDue, [0, 1, 7, 14])}
      WHERE k.rotate_every_days > 0
      UNION ALL
      SELECT 'never_used', k.created_at, 'never_used'
      WHERE k.last_used_at IS NULL AND coalesce(k.claimed_at, k.created_at) <= ${at} - interval '720 hours'
      UNION ALL
      SELECT 'unused', k.last_used_at, 'unused:' || extract(epoch FROM k.last_used_at)::bigint
      WHERE k.last_used_at <= ${at} - interval '2160 hours'
    ) AS stages (about, at, told_as) WHERE told_as IS NOT NULL`;
}

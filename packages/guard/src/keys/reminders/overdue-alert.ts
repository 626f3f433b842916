import { sql } from 'drizzle-orm';
import type { Transaction } from '../../database/database.ts';
import { asData } from '../../notify/as-data.ts';
import { operatorsOf } from '../../notify/operators.ts';
import { queueNotification } from '../../notify/queue-notification.ts';
import type { EmailContent } from '../../notify/schema.ts';
import { reachableUsers, remindableKeys, rotationDue } from './remindable-keys.ts';

interface OverdueKey {
  readonly keyId: string;
  readonly userId: string;
  readonly prefix: string;
  readonly daysOverdue: number;
  /** Of all that are newly told. */
  readonly count: number;
  [column: string]: unknown;
}

const listedMax = 100;

/**
 * Tells every super_admin and the security contact which overdue keys were used in the last week (K9), each key at most
 * once a week. When there is nobody to tell, it is not written down as told.
 */
export async function alertOfOverdueKeys(
  tx: Transaction,
  securityContact: string | undefined,
  now: Date,
): Promise<void> {
  const recipients = await operatorsOf(tx, securityContact, now.getTime());
  if (recipients.length === 0) return;
  const keys = await newlyTold(tx, now);
  if (keys.length === 0) return;
  const mail = alertMail(keys);
  for (const to of recipients) await queueNotification(tx, { kind: 'email', to, ...mail });
}

/** Weeks are counted in days of UTC, so that a run a second earlier than the last is not put off for a day. */
async function newlyTold(tx: Transaction, now: Date): Promise<OverdueKey[]> {
  const at = sql`${now.toISOString()}::timestamptz`;
  const { rows } = await tx.execute<OverdueKey>(sql`
    WITH in_use AS MATERIALIZED (
      SELECT k.id, k.user_id, k.prefix, ${rotationDue} AS due
      FROM api_keys k JOIN users u ON u.id = k.user_id
      WHERE k.rotate_every_days > 0 AND ${rotationDue} <= ${at}
        AND k.last_used_at >= ${rotationDue} AND k.last_used_at > ${at} - interval '168 hours'
        AND ${remindableKeys(now)} AND ${reachableUsers(now)}
    ), told AS (
      INSERT INTO key_reminders AS before (key_id, kind, sent_at)
      SELECT id, 'overdue_in_use', ${at} FROM in_use ORDER BY id
      ON CONFLICT (key_id, kind) DO UPDATE SET sent_at = excluded.sent_at
      WHERE (before.sent_at AT TIME ZONE 'UTC')::date + 7 <= (excluded.sent_at AT TIME ZONE 'UTC')::date
      RETURNING key_id
    )
    SELECT id AS "keyId", user_id AS "userId", left(prefix, 100) AS prefix,
      floor(extract(epoch FROM ${at} - due) / 86400)::int AS "daysOverdue", (count(*) OVER ())::int AS count
    FROM in_use JOIN told ON told.key_id = in_use.id ORDER BY due, id LIMIT ${listedMax}`);
  return rows;
}

function alertMail(keys: readonly OverdueKey[]): EmailContent {
  const count = keys[0]?.count ?? keys.length;
  const lines = keys.map(({ keyId, prefix, userId, daysOverdue }) => {
    const overdue =
      daysOverdue === 0
        ? 'overdue since today'
        : `${daysOverdue} ${daysOverdue === 1 ? 'day' : 'days'} overdue`;
    return `- ${asData(keyId)} (${asData(prefix)}…), owner ${asData(userId)}: ${overdue}`;
  });
  const more = count - keys.length;
  const text = `API keys that should have been rotated were used in the last week:

${[...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')}

Their owners were told. To replace one:
  keyward keys rotate <id>
  POST /v1/control/keys/<id>/rotate
`;
  return { subject: `Overdue API keys in use: ${count}`, text };
}

import { sql } from 'drizzle-orm';
import type { Database, Transaction } from '../database/database.ts';
import { users } from '../database/schema.ts';
import type { Job, JobContext } from '../jobs/job.ts';
import { isMailbox, queueNotification } from '../notify/queue-notification.ts';
import { ownersKeys, reachedReminders } from './reminders/due-reminders.ts';
import { alertOfOverdueKeys } from './reminders/overdue-alert.ts';
import { reachableUsers } from './reminders/remindable-keys.ts';
import { reminderMail } from './reminders/reminder-mail.ts';

/** Owners whose mails are queued in one transaction; at most a hundred lines of each are in memory. */
const ownersAtOnce = 100;

/**
 * Reminds owners by e-mail of keys that are to be rotated, that expire, or that nobody uses (K9): one mail for each owner
 * and day at most. What was told is written down in the transaction that queues the mail, so that it is told once
 * whatever dies and however many nodes run this. `securityContact`: an e-mail address that hears, beside the
 * super_admins, of overdue keys in use.
 */
export function keyReminders(database: Database, securityContact?: string): Job<'key-reminders'> {
  return {
    name: 'key-reminders',
    schedule: '0 7 * * *',
    async run(_input, context) {
      const now = new Date(context.clock.now());
      let after: string | undefined = '';
      while (after !== undefined) {
        // A run that is stopped is not done: it is run again, and goes on with what nobody was told yet.
        context.signal.throwIfAborted();
        const from: string = after;
        after = await database.orm.transaction((tx) => remindSome(tx, from, now, context));
      }
      await database.orm.transaction((tx) => alertOfOverdueKeys(tx, securityContact, now));
    },
  };
}

/** Reminds the owners that follow `after` in order of their ids; the last of them, or undefined at the end. */
async function remindSome(
  tx: Transaction,
  after: string,
  now: Date,
  { log }: JobContext,
): Promise<string | undefined> {
  const { rows: owners } = await tx.execute<{ id: string; email: string }>(sql`
    SELECT u.id, u.email FROM ${users} AS u
    WHERE u.id > ${after} AND ${reachableUsers(now)} AND ${ownersKeys(now)}
    ORDER BY u.id LIMIT ${ownersAtOnce}`);
  const reached = await reachedReminders(
    tx,
    owners.map(({ id }) => id),
    now,
  );
  for (const { id, email } of owners) {
    const reminders = reached.get(id);
    if (reminders === undefined) continue;
    if (isMailbox(email))
      await queueNotification(tx, { kind: 'email', to: email, ...reminderMail(reminders, now) });
    else log.warn({ user: id }, 'a person has no address that mails can be sent to: no reminder of API keys');
  }
  return owners.length < ownersAtOnce ? undefined : owners.at(-1)?.id;
}

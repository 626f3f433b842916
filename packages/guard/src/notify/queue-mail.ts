import type { Orm, Transaction } from '../database/database.ts';
import { type EmailNotification, isMailbox, queueNotification } from './queue-notification.ts';

/**
 * Queues a mail to a person. False when one with its `dedupeKey` was queued before, or when the address that is stored for
 * the person takes no mail: what the mail tells of has happened all the same.
 */
export async function queueMail(
  tx: Transaction | Orm,
  mail: Omit<EmailNotification, 'kind'>,
): Promise<boolean> {
  return isMailbox(mail.to) && queueNotification(tx, { ...mail, kind: 'email' });
}

import type { Orm, Transaction } from '../database/database.ts';
import { type EmailContent, notifications, type WebhookContent } from './schema.ts';

interface Addressed {
  /**
   * Of several with the same key only the first is delivered; a key is remembered for 30 days after that.
   * Put the severity into it where a graver one must not be hidden (M4).
   */
  readonly dedupeKey?: string;
}

export interface EmailNotification extends Addressed, EmailContent {
  readonly kind: 'email';
  /** One address, without a name. */
  readonly to: string;
}

export interface WebhookNotification extends Addressed {
  readonly kind: 'webhook';
  /** An http or https URL. */
  readonly to: string;
  /** JSON. */
  readonly payload: unknown;
  /** The id of the person whose webhook it is; it is signed with their secret for this URL. */
  readonly owner?: string;
}

export type Notification = EmailNotification | WebhookNotification;

// One mailbox and nothing that a mail server could read as two (RFC 5321 without quoted local parts).
const mailbox = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,255}$/;

/**
 * Queues a notification in the caller's transaction: it is delivered if that commits, and never otherwise.
 * False when one of the same `dedupeKey` was queued before. Throws `RangeError` for an address that is none.
 */
export async function queueNotification(tx: Transaction | Orm, notification: Notification): Promise<boolean> {
  checkRecipient(notification);
  const { kind, to, dedupeKey } = notification;
  const row = {
    kind,
    recipient: to,
    content: contentOf(notification),
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
  };
  const inserted = await tx
    .insert(notifications)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: notifications.id });
  return inserted.length === 1;
}

function contentOf(notification: Notification): EmailContent | WebhookContent {
  if (notification.kind === 'webhook') {
    const { payload, owner } = notification;
    return { body: JSON.stringify(payload), ...(owner !== undefined && { owner }) };
  }
  const { subject, text, html } = notification;
  return html === undefined ? { subject, text } : { subject, text, html };
}

/** Whether a mail can be queued for it: one address, without a name. */
export function isMailbox(address: string): boolean {
  return mailbox.test(address);
}

function checkRecipient({ kind, to }: Notification): void {
  if (kind === 'email' && !isMailbox(to)) throw new RangeError('not the e-mail address of one mailbox');
  if (kind === 'webhook' && !/^https?:$/.test(URL.parse(to)?.protocol ?? '')) {
    throw new RangeError('not an http or https URL');
  }
}

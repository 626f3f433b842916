import type { Transporter } from 'nodemailer';
import type { JobContext } from '../jobs/job.ts';
import type { EmailContent, notifications, WebhookContent } from './schema.ts';
import { sendWebhook } from './send-webhook.ts';
import { signWebhook } from './sign-webhook.ts';

export interface DeliveryOptions {
  /**
   * `url`: smtp:// or smtps:// with user and password. `from`: the sender, such as `Keyward <keyward@example.com>`.
   * Without it e-mail waits.
   */
  readonly smtp?: { readonly url: string; readonly from: string };
  /**
   * The secrets (`whsec_…`) of a webhook's URL, two while one replaces the other; while there are none, its notifications
   * wait as if it did not answer. `owner`: the id of the person whose webhook it is, where it is somebody's.
   */
  readonly webhookSecrets: (url: string, owner: string | undefined) => Promise<readonly string[]>;
  /** Allows webhooks on private and loopback addresses. Default false. */
  readonly privateAddressesAllowed?: boolean;
  /**
   * Puts into the text and the HTML of a mail, at the moment of its delivery, what must not lie in the outbox: links that
   * are secrets. Default: they are sent as they are.
   */
  readonly fill?: (text: string, recipient: string) => Promise<string>;
  /** How long after its first attempt a notification is given up as failed, milliseconds. Default 3 days. */
  readonly giveUpMs?: number;
}

/** What became of one attempt. `refused`: no later attempt could succeed. `error` may name addresses. */
export type Attempt =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly error: string }
  | { readonly kind: 'refused'; readonly error: string };

export interface Delivery {
  attempt(row: typeof notifications.$inferSelect): Promise<Attempt>;
}

const gone = 410;

/** How one pass over the outbox delivers. */
export function openDelivery(
  options: DeliveryOptions,
  context: Pick<JobContext, 'clock' | 'signal'>,
): Delivery {
  let mailer: Transporter | undefined;
  return {
    async attempt(row) {
      try {
        if (row.kind === 'webhook')
          return await postWebhook(options, row.id, row.recipient, row.content as WebhookContent, context);
        if (options.smtp === undefined) return { kind: 'retry', error: 'no mail server is configured' };
        mailer ??= await openMailer(options.smtp.url);
        const content = await filled(row.content as EmailContent, row.recipient, options.fill);
        await sendEmail(mailer, options.smtp.from, row.id, row.recipient, content);
        return { kind: 'delivered' };
      } catch (error) {
        return { kind: 'retry', error: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

async function filled(
  { subject, text, html }: EmailContent,
  recipient: string,
  fill: DeliveryOptions['fill'],
): Promise<EmailContent> {
  if (fill === undefined) return html === undefined ? { subject, text } : { subject, text, html };
  const plain = { subject, text: await fill(text, recipient) };
  return html === undefined ? plain : { ...plain, html: await fill(html, recipient) };
}

/** Loaded with the first mail: a node without a mail server keeps the 12 MB. */
async function openMailer(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const limits = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };
  return createTransport({ url, ...limits, disableFileAccess: true, disableUrlAccess: true });
}

async function sendEmail(
  mailer: Transporter,
  from: string,
  id: string,
  address: string,
  content: EmailContent,
) {
  const messageId = `<${id}@keyward>`;
  await mailer.sendMail({ ...content, from, to: { name: '', address }, messageId });
}

async function postWebhook(
  options: DeliveryOptions,
  id: string,
  url: string,
  { body, owner }: WebhookContent,
  { clock, signal }: Pick<JobContext, 'clock' | 'signal'>,
): Promise<Attempt> {
  const secrets = await options.webhookSecrets(url, owner);
  if (secrets.length === 0) return { kind: 'retry', error: 'the webhook has no secret' };
  const { status } = await sendWebhook({
    url,
    body,
    signal,
    headers: signWebhook(secrets, id, clock.now(), body),
    privateAddressesAllowed: options.privateAddressesAllowed ?? false,
  });
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  // Standard Webhooks: 410 says that the receiver wants no more.
  return { kind: status === gone ? 'refused' : 'retry', error: `the receiver answered ${status}` };
}

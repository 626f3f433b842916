import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks 1.0.0 with symmetric signatures, one for each secret: while a secret is being replaced
 * the receiver may know either. `secret`: `whsec_` and base64, 24 to 64 bytes. `sentAtMs`: Unix milliseconds; receivers
 * refuse what is minutes old. Throws `RangeError` for a malformed secret and for none.
 */
export function signWebhook(
  secret: string | readonly string[],
  id: string,
  sentAtMs: number,
  body: string,
): Record<string, string> {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (secrets.length === 0) throw new RangeError('a webhook is signed with one secret at least');
  const timestamp = String(Math.floor(sentAtMs / 1000));
  const signatures = secrets.map((each) => {
    const digest = createHmac('sha256', keyOf(each)).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (!secret.startsWith('whsec_') || key.length < 24 || key.length > 64) {
    throw new RangeError('a webhook secret is "whsec_" and 24 to 64 bytes in base64');
  }
  return key;
}

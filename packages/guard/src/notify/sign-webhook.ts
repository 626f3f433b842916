import { createHmac } from 'node:crypto';

/**
 * The headers of Standard Webhooks 1.0.0 with a symmetric signature. `secret`: `whsec_` and base64, 24 to 64 bytes.
 * `sentAtMs`: Unix milliseconds; receivers refuse what is minutes old. Throws `RangeError` for a malformed secret.
 */
export function signWebhook(
  secret: string,
  id: string,
  sentAtMs: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(sentAtMs / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (!secret.startsWith('whsec_') || key.length < 24 || key.length > 64) {
    throw new RangeError('a webhook secret is "whsec_" and 24 to 64 bytes in base64');
  }
  return key;
}
